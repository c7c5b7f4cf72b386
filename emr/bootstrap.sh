#!/bin/sh
# EMR on EC2: each machine gets the Python that the archive of packages was made for.
set -eu
python=python3.13
if ! command -v "$python" > /dev/null; then
    sudo dnf install --quiet --assumeyes "$python"
fi
"$python" --version
