#!/bin/sh
# Two sources from a Kinesis stream to SQL answers: an hour of GitHub's events, and a web shop whose truth is known.
# "make demo" calls it, with tidegate on the PATH.
set -eu
cd "$(dirname "$0")/.."

# Whatever the shell is set to, the demo stays on this machine.
unset AWS_PROFILE AWS_ACCESS_KEY_ID
export TIDEGATE_ENDPOINT=local TIDEGATE_CATALOG=sqlite TIDEGATE_WAREHOUSE=.tidegate/lake
export TIDEGATE_STREAMS='{"github": "github", "storefront": "storefront"}'
shop=.tidegate/shop
export TIDEGATE_REFERENCE=$shop/reference
# An hour of events is too little for Java's thorough compiler to pay for itself.
export SPARK_SUBMIT_OPTS="-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"

step() {
    printf '\n%s\n' "$1"
    shift
    printf '$ %s\n' "$*"
    "$@"
}

stop_what_was_started() {
    code=$?
    trap - EXIT
    trap '' INT TERM HUP # a second Ctrl-C must not leave the endpoint behind
    tidegate local stop || code=$?
    exit "$code"
}

if ! tidegate local status > /dev/null 2>&1; then
    trap stop_what_was_started EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    step "Kinesis on this machine, until the demo ends:" tidegate local start
fi

sent=$(mktemp)
step "The sender puts an hour of GitHub's public events on a stream of two shards:" \
    tidegate send examples/github/2015-01-01-0.json.gz --stream github --create --shards 2 > "$sent"
cat "$sent"
records=$(sed -n 's/^sent \([0-9,]*\) records.*/\1/p' "$sent" | tr -d ,)
rm -f "$sent"

step "The pipeline lands them, checks them, and derives two marts; each stage opens when its gate passes:" \
    tidegate run github

step "The books account for every record:" tidegate books
python examples/account.py "$records"

step "An analyst asks:" tidegate ask most_starred_repositories --day 2015-01-01 --top 5

step "and who pushed the most:" tidegate ask most_active_pushers --day 2015-01-01 --top 5

step "and what kind of events there were:" tidegate ask daily_activity_by_type --first-day 2015-01-01 --last-day 2015-01-01

if [ ! -d "$shop/truth" ]; then
    rm -rf "$shop"
    step "The second source is a web shop. Its events are made up, with all that goes wrong on a stream, and the right answers beside them:" \
        tidegate generate storefront --to "$shop" --days 10 --visitors 250 --stream storefront --create
fi

step "Sessions, funnels, retention and revenue are made of them:" tidegate run storefront

step "Every fault is found where it belongs, and no figure differs from the truth by a cent:" python examples/truth.py "$shop"

step "An analyst asks what the shop earned:" tidegate ask revenue_by_day --first-day 2026-03-02 --last-day 2026-03-11

step "and which of its visitors came back:" tidegate ask retention_by_cohort --first-week 2026-03-02

step "What another run would do now:" tidegate plan storefront

cat << EOF

The lake is $PWD/.tidegate/lake: Iceberg tables, and their names in catalog.db.
Three things to try next:
  .venv/bin/tidegate ask --list                 every saved question; they are the files of sql/athena/
  .venv/bin/tidegate sql "SELECT event_type, count(*) FROM clean.github_events GROUP BY 1"
  make demo                                     send the same hour again: 7,702 duplicates, and no figure changes
The shop's exchange rates and catalogue are in $TIDEGATE_REFERENCE; to run its flow by hand:
  export TIDEGATE_REFERENCE=$TIDEGATE_REFERENCE
EOF
