#!/bin/sh
# Land each source, again and again.
#
# LAND_SOURCES  the sources, with spaces between them
# LAND_SECONDS  how long to wait between two rounds (30)
# LAND_BEAT     the file that is touched after each good round (/tmp/landed)
#
# A source that fails keeps no other from landing. It ends the round with its exit code, and whoever
# keeps this running starts it again; its alarm is the stream's age.
set -u
: "${LAND_SOURCES:?name the sources to land, e.g. LAND_SOURCES=\"github storefront\"}"
trap 'exit 0' TERM INT

while :; do
    failed=0
    for source in $LAND_SOURCES; do
        tidegate land "$source"
        code=$?
        # 5: another lander published first, again and again; the next round goes on from there.
        case $code in
            0 | 5) ;;
            *) failed=$code ;;
        esac
    done
    [ "$failed" -eq 0 ] || exit "$failed"
    touch "${LAND_BEAT:-/tmp/landed}"
    sleep "${LAND_SECONDS:-30}" &
    wait $!
done
