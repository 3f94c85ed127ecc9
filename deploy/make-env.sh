#!/bin/sh
# Writes .env from .env.example, with a random secret for every "replace-me…". Leaves a .env that is there alone.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
  echo ".env is there already: left as it is"
  exit 0
fi
umask 077
while IFS= read -r line; do
  case "$line" in
  [A-Z]*=replace-me*) echo "${line%%=*}=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" ;;
  *) printf '%s\n' "$line" ;;
  esac
done < .env.example > .env.new
mv .env.new .env
echo "wrote .env with random secrets"
