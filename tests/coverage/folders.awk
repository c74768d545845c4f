# SPDX-License-Identifier: Apache-2.0
# What was reached of each folder, from gcovr's lines for files.
NR > 1 {
  folder = match($1, "/[^/]*$") ? substr($1, 1, RSTART - 1) : "src/httpd"  # mod_slotwatch.c
  lines[folder] += $2
  lines_reached[folder] += $3
  branches[folder] += $5
  branches_reached[folder] += $6
}
END {
  for (folder in lines) {
    printf "%-11s %5.1f%% of %4d lines, %5.1f%% of %4d branches\n", folder,
      100 * lines_reached[folder] / lines[folder], lines[folder],
      100 * branches_reached[folder] / branches[folder], branches[folder] | "sort"
  }
}
