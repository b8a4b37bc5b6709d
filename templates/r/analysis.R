#!/usr/bin/env nix-shell
#!nix-shell -i Rscript --pure ./r-env.nix -A shell
# analysis.R [FILE]: a script that brings its own R. It runs from any folder and needs nothing but Nix.
#
# FILE is a table with a line of names (CSV); without it the table is one that comes with R.

arguments <- commandArgs(trailingOnly = TRUE)
if (identical(arguments, "--help")) {
    cat("usage: analysis.R [FILE]; the mean of each column of a table (CSV)\n")
    quit()
}
if (length(arguments) > 1 || startsWith(c(arguments, "")[1], "-")) {
    message("usage: analysis.R [FILE]")
    quit(status = 64)
}
table <- if (length(arguments) == 1) read.csv(arguments) else datasets::mtcars
numbers <- Filter(is.numeric, table)
cat(sprintf("%s: %d rows\n", R.version.string, nrow(table)))
print(round(vapply(numbers, mean, numeric(1), na.rm = TRUE), 3))
