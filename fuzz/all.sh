#!/usr/bin/env bash
# Runs every fuzz target for so many seconds each (default 60), seeded with small sample files of its format.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
data=../shared/data

pattern() { # the sample files of a target
  case $1 in
    nrrd) echo '*.nrrd' ;;
    seg_nrrd) echo '*.seg.nrrd' ;;
    vtm) echo '*.vtm' ;;
    nhdr) echo '*.nhdr' ;;
    metaimage) echo '*.mh[ad]' ;;
    nifti) echo '*.nii' ;;
    nifti_gz) echo '*.nii.gz' ;;
    analyze) echo '*.hdr' ;;
    mgh) echo '*.mg[hz]' ;;
    png) echo '*.png' ;;
    vtk_legacy) echo '*.vtk' ;;
    vtp) echo '*.vtp' ;;
    stl) echo '*.stl' ;;
    ply) echo '*.ply' ;;
    obj) echo '*.obj' ;;
    markups_json) echo '*.mrk.json' ;;
    fcsv) echo '*.fcsv' ;;
    acsv) echo '*.acsv' ;;
    color_csv) echo '*.csv' ;;
    ctbl) echo '*.ctbl' ;;
    table) echo '*.[ct]sv' ;;
    table_schema) echo '*.schema.[ct]sv' ;;
    vp) echo '*.vp' ;;
    vp_json) echo '*.vp.json' ;;
    term_json) echo '*.term.json' ;;
    plain_text) echo '*.xml' ;;
    transform_text) echo '*.t[fx][mt]' ;;
    transform_h5) echo '*.h5' ;;
    dicom) echo '*.dcm' ;;
    gzip) echo '*.gz' ;;
    mrb) echo '*.zip' ;;
    mrml) echo '*.mrml' ;;
    *) echo '' ;;
  esac
}

for target in fuzz/fuzz_targets/*.rs; do
  name=$(basename "$target" .rs)
  corpus=fuzz/corpus/$name
  mkdir -p "$corpus"
  files=$(pattern "$name")
  if [ -n "$files" ] && [ -d "$data" ]; then
    find "$data" -name "$files" -size -24k -type f | while IFS= read -r file; do
      cp "$file" "$corpus/seed-$(echo "$file" | cksum | cut -d' ' -f1)"
    done
  fi
  echo "== $name"
  cargo +nightly fuzz run -O --sanitizer none "$name" -- -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 -max_len=65536
done
