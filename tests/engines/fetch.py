"""Fetch Trino once, by the package manager Spark carries: python -m tests.engines.fetch FOLDER."""

import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from tidegate.java import find_java

TRINO = "476"
IVY = f"""\
<ivy-module version="2.0">
  <info organisation="tidegate" module="engines"/>
  <dependencies>
    <dependency org="io.trino" name="trino-server-core" rev="{TRINO}" transitive="false">
      <artifact name="trino-server-core" type="tar.gz" ext="tar.gz"/>
    </dependency>
    <dependency org="io.trino" name="trino-iceberg" rev="{TRINO}" transitive="false">
      <artifact name="trino-iceberg" type="zip" ext="zip"/>
    </dependency>
  </dependencies>
</ivy-module>
"""


def fetch(folder: Path) -> None:
    """Fetch Trino's server and its Iceberg plugin, and unpack the one into the other."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "ivy.xml"
    wanted.write_text(IVY)
    spark = find_spec("pyspark")
    assert spark
    assert spark.origin
    (ivy,) = (Path(spark.origin).parent / "jars").glob("ivy-*.jar")
    command = [find_java() / "bin" / "java", "-jar", ivy, "-ivy", wanted]
    command += ["-retrieve", f"{folder}/[artifact].[ext]"]
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if ended.returncode or not (folder / "trino-iceberg.zip").exists():
        last = [line for line in ended.stdout.splitlines() if line.strip()][-3:]
        sys.exit(f"Trino {TRINO} can't be fetched; it needs the network once: {' '.join(last)}")
    with tarfile.open(folder / "trino-server-core.tar.gz") as server:
        server.extractall(folder, filter="data")
    with zipfile.ZipFile(folder / "trino-iceberg.zip") as plugin:
        plugin.extractall(folder / f"trino-server-core-{TRINO}" / "plugin")
    for packed in ("trino-server-core.tar.gz", "trino-iceberg.zip"):
        (folder / packed).unlink()


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
