#!/usr/bin/env bash
# Run `refs check` on INPUT_FILES (a pattern a line) with the rules of INPUT_ONLY and INPUT_IGNORE; no input is evaluated.
set -euo pipefail
shopt -s globstar nullglob

fail() {
  local message=${1//%/%25}
  printf '::error title=refs::%s\n' "${message//$'\r'/%0D}"
  exit 2
}

options=(--format github)
read -ra only <<< "${INPUT_ONLY:-}"
read -ra ignore <<< "${INPUT_IGNORE:-}"
for rule in ${only[@]+"${only[@]}"}; do options+=(--only "$rule"); done
for rule in ${ignore[@]+"${ignore[@]}"}; do options+=(--ignore "$rule"); done
case ${INPUT_OFFLINE:-false} in
  true) options+=(--offline) ;;
  false) ;;
  *) fail "offline is true or false" ;;
esac

files=()
declare -A taken=()
take() {
  for file in "$@"; do
    [ -n "${taken[$file]:-}" ] || files+=("$file")
    taken[$file]=yes
  done
}
while IFS= read -r pattern; do
  pattern=${pattern#"${pattern%%[![:space:]]*}"}
  pattern=${pattern%"${pattern##*[![:space:]]}"}
  [ -n "$pattern" ] || continue
  if [ -e "$pattern" ]; then
    take "$pattern"
    continue
  fi
  IFS='' # a pattern is matched, and not split at its blanks
  # shellcheck disable=SC2206
  found=($pattern)
  unset IFS
  # A name without *, ? or [ is left as it is.
  [ ${#found[@]} -gt 0 ] && [ -e "${found[0]}" ] || fail "no file matches $pattern"
  take "${found[@]}"
done <<< "${INPUT_FILES:-}"
[ ${#files[@]} -gt 0 ] || fail "the input files names none"

exec refs check "${options[@]}" -- "${files[@]}"
