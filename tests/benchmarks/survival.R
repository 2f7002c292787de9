# Times of R's survival on the rows that survival.py writes: median of 5, one line each.
if (!requireNamespace("survival", quietly = TRUE)) quit(status = 3)
library(survival)
folder <- commandArgs(TRUE)[1]
numbers <- function(name, n) readBin(file.path(folder, name), "double", n)
median_of_5 <- function(name, call) {
  times <- sapply(1:5, function(i) system.time(call())[["elapsed"]])
  cat(name, median(times), "\n")
}
for (size in c(1e5, 1e6)) {
  flat <- numbers(sprintf("cox_%d", size), size * 10)
  rows <- matrix(flat, ncol = 10)
  x <- rows[, 4:10]
  ends <- Surv(rows[, 1], rows[, 2], rows[, 3])
  median_of_5(sprintf("cox_%d", size), function() coxph(ends ~ x))
  if (size == 1e6) median_of_5("product_limit", function() survfit(ends ~ 1))
}
flat <- matrix(numbers("yearly", 3e6), ncol = 3)
place <- factor(flat[, 3], 0:2, c("stay", "China", "elsewhere"))
ends <- Surv(flat[, 1], flat[, 2], place)
one_row_each <- seq_len(nrow(flat))
median_of_5("aalen_johansen", function() survfit(ends ~ 1, id = one_row_each))
