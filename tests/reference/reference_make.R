# Makes reference_reference.json: R's one-sample log-rank test and exact tests, and sums done in R.
# Rscript reference_make.R reference_reference.json
suppressMessages(library(survival))
args <- commandArgs(TRUE)
i <- 0:49
mix <- function(a, m) ((i * i * a + i * 7919) %/% 13) %% m
d <- data.frame(entry = ifelse(i %% 3 == 0, 0, mix(5, 9) / 2), count = 1 + mix(3, 2))
d$exit <- d$entry + 0.5 + mix(7, 11) / 2
d$event <- as.integer(mix(17, 5) == 0)
num <- function(x) paste0("[", paste(trimws(formatC(x, digits = 15, format = "g")), collapse = ", "), "]")
out <- character()
put <- function(name, ...) { v <- list(...)
  out <<- c(out, paste0('  "', name, '": {', paste0('"', names(v), '": ', sapply(v, num), collapse = ", "), "}")) }
put("data", entry = d$entry, exit = d$exit, event = d$event, count = d$count)

a <- -log(0.9) / 5^0.7
H <- function(t) a * t^0.7
S <- function(t) exp(-H(t))
one <- function(name, entry, rows = d[rep(seq_len(nrow(d)), d$count), ]) {
  e <- if (entry) rows$entry else 0
  rows$left <- S(rows$exit) / S(e)
  f <- survdiff(Surv(exit - e, event) ~ offset(left), rows)
  p <- poisson.test(f$obs, f$exp)
  put(name, observed = f$obs, expected = f$exp, chisq = f$chisq, p = pchisq(f$chisq, 1, lower.tail = FALSE),
      limits = p$conf.int, ratio = p$estimate,
      less = poisson.test(f$obs, f$exp, alternative = "less")$p.value,
      greater = poisson.test(f$obs, f$exp, alternative = "greater")$p.value)
}
one("honoured", TRUE)
one("ignored", FALSE)

# Ends within (lower, upper]: the mean of H over it under the curve, by quadrature.
lower <- c(0.5, 1, 2, 4, 9); upper <- c(1, 3, 8, 30, 9.25)
mean_h <- mapply(function(l, u) integrate(function(h) h * exp(-h), H(l), H(u), rel.tol = 1e-12)$value / (S(l) - S(u)), lower, upper)
var_h <- mapply(function(l, u, m) integrate(function(h) (h - m)^2 * exp(-h), H(l), H(u), rel.tol = 1e-12)$value / (S(l) - S(u)), lower, upper, mean_h)
put("between", lower = lower, upper = upper, mean = mean_h, variance = var_h)

# One look six years after entry at people who entered at different times: a sum of chances.
entry <- c(0, 1, 2.5, 4, 8); n <- c(3, 10, 20, 5, 12); k <- 9
chances <- function(x) rep(1 - (S(entry + 6) / S(entry))^x, n)
pmf <- function(p) { f <- 1; for (q in p) f <- c(f * (1 - q), 0) + c(0, f * q); f }
f <- pmf(chances(1))
tail_at <- function(x, low) { f <- pmf(chances(x)); if (low) sum(f[-(1:k)]) else sum(f[1:(k + 1)]) }
lo <- uniroot(function(x) tail_at(x, TRUE) - 0.025, c(0.01, 5), tol = 1e-13)$root
hi <- uniroot(function(x) tail_at(x, FALSE) - 0.025, c(0.1, 20), tol = 1e-13)$root
put("one_look", entry = entry, people = n, observed = k, expected = sum(chances(1)),
    variance = sum(chances(1) * (1 - chances(1))), less = sum(f[1:(k + 1)]), greater = sum(f[-(1:k)]),
    factor = c(lo, hi), ratio = c(sum(chances(lo)), sum(chances(hi))) / sum(chances(1)),
    kept = sum(n * S(entry + 6) / S(entry)) / sum(n))
b <- binom.test(13, 100)
put("binomial", limits = b$conf.int, p = c(binom.test(13, 100, 1 - 0.9^1.2, "less")$p.value, binom.test(13, 100, 1 - 0.9^1.2, "greater")$p.value))
writeLines(c("{", paste(out, collapse = ",\n"), "}"), args[1])
