"""What an analyst does, against Athena on this machine: see docs/athena-on-a-laptop.md.

Nothing here is of Tidegate: with AWS' own credentials, and AWS_ENDPOINT_URL unset, the same lines
ask Athena on AWS.
"""

import awswrangler as wr
import pyathena
from pyathena.pandas.cursor import PandasCursor

RESULTS = "s3://tutorial-results/"

print("tables:", ", ".join(one["Name"] for one in wr.catalog.get_tables(database="mart")))

# A frame of a question, its types as the table has them.
stars = wr.athena.read_sql_query(
    """
    SELECT repository, SUM(stars) AS stars
    FROM repository_activity
    WHERE event_date = DATE '2015-01-01'
    GROUP BY repository
    ORDER BY stars DESC, repository
    LIMIT 3
    """,
    database="mart",
    s3_output=RESULTS,
)
print(stars.to_string(index=False))

# A value from somebody else goes in as a parameter, and stays a value whatever is in it.
connection = pyathena.connect(
    s3_staging_dir=RESULTS, region_name="us-east-1", schema_name="mart", cursor_class=PandasCursor
)
one = connection.cursor().execute(
    "SELECT event_date, stars FROM repository_activity WHERE repository = ?",
    ["'imgix/imgix-emacs'"],
    paramstyle="qmark",
)
print(one.as_pandas().to_string(index=False))
print(f"it read {one.data_scanned_in_bytes:,} bytes")

# The table as its readers saw it at some moment.
then = connection.cursor().execute(
    "SELECT COUNT(*) AS repositories FROM repository_activity FOR TIMESTAMP AS OF current_timestamp"
)
print(then.as_pandas().to_string(index=False))
