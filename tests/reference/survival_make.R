# Makes survival_kernels_reference.json with R survival and cmprsk (and bpcp where given).
# Rscript survival_make.R survival_kernels_reference.json [folder of bpcp's R sources]
suppressMessages({library(survival); library(cmprsk)})
args <- commandArgs(TRUE)
i <- 0:59
mix <- function(a, m) ((i * i * a + i * 7919) %/% 13) %% m  # no pattern that would make tests balance
d <- data.frame(id = i %/% 2, entry = ifelse(i %% 4 == 0, 0, mix(5, 4)),
                group = mix(3, 3), stratum = mix(11, 2), weight = c(0.5, 1.25, 2, 0.8)[i %% 4 + 1])
d$exit <- d$entry + 1 + pmin(mix(7, 7), 3 + d$group)
d$to <- c(0, 1, 2, 0, 1)[mix(17, 5) + 1]
d$entry0 <- 0
num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", trimws(formatC(x, digits = 15, format = "g"))), collapse = ", "), "]")
out <- character()
put <- function(name, ...) { v <- list(...)
  out <<- c(out, paste0('  "', name, '": {', paste0('"', names(v), '": ', sapply(v, num), collapse = ", "), "}")) }
put("data", id = d$id, entry = d$entry, exit = d$exit, to = d$to, group = d$group, stratum = d$stratum, weight = d$weight)

t <- c(1, 2, 3, 4, 5, 6)
km <- function(name, f) { s <- summary(f, times = t, extend = TRUE)
  put(name, time = s$time, survival = s$surv, se = s$std.err, hazard = s$cumhaz, se_hazard = s$std.chaz) }
km("km_entry", survfit(Surv(entry, exit, to > 0) ~ 1, d))
km("km_entry_robust", survfit(Surv(entry, exit, to > 0) ~ 1, d, robust = TRUE, id = seq_along(d$id)))
km("km_weights", survfit(Surv(entry, exit, to > 0) ~ 1, d, weights = weight, robust = TRUE, id = seq_along(d$id)))
km("km_weights_cluster", survfit(Surv(entry, exit, to > 0) ~ 1, d, weights = weight, cluster = id, id = seq_along(d$id)))
aj <- function(name, f) { s <- summary(f, times = t, extend = TRUE)
  put(name, time = s$time, a = s$pstate[, 2], b = s$pstate[, 3], se_a = s$std.err[, 2], se_b = s$std.err[, 3]) }
d$state <- factor(d$to, 0:2)
aj("aj_entry", survfit(Surv(entry, exit, state) ~ 1, d, id = seq_along(d$id)))
aj("aj_weights", survfit(Surv(entry, exit, state) ~ 1, d, weights = weight, id = seq_along(d$id)))
# survfit 3.5 leaves `cluster` unused for competing ends: its own influences, from time 0 on, are summed.
f <- survfit(Surv(entry, exit, state) ~ 1, d, weights = weight, id = seq_along(d$id), influence = TRUE)
sums <- sapply(2:3, function(k) sqrt(colSums(rowsum(f$influence.pstate[, , k] * d$weight, d$id)^2)))
j <- match(t, f$time)
put("aj_weights_cluster", time = t, a = f$pstate[j, 2], b = f$pstate[j, 3], se_a = sums[j + 1, 1], se_b = sums[j + 1, 2])
r <- survfit(Surv(exit, state) ~ 1, d)
s <- summary(r, rmean = 5)$table
put("time_lost", a = s[2, "rmean"], b = s[3, "rmean"])

lr <- function(name, f) put(name, chisq = f$chisq, observed = rowSums(as.matrix(f$obs)), expected = rowSums(as.matrix(f$exp)))
lr("logrank", survdiff(Surv(exit, to > 0) ~ group, d))
lr("logrank_rho1", survdiff(Surv(exit, to > 0) ~ group, d, rho = 1))
lr("logrank_strata", survdiff(Surv(exit, to > 0) ~ group + strata(stratum), d))
# Delayed entry: the score test of Cox with exact ties is the log-rank test.
put("logrank_entry", chisq = coxph(Surv(entry, exit, to > 0) ~ factor(group), d, ties = "exact")$score)
put("logrank_entry_strata", chisq = coxph(Surv(entry, exit, to > 0) ~ factor(group) + strata(stratum), d, ties = "exact")$score)
put("trend_entry", chisq = coxph(Surv(entry, exit, to > 0) ~ group, d, ties = "exact")$score)

gray <- function(name, ...) { g <- cuminc(d$exit, d$to, d$group, ...)$Tests
  put(name, chisq = g[, "stat"], p = g[, "pv"]) }
gray("gray")
gray("gray_rho1", rho = 1)
gray("gray_strata", strata = d$stratum)
put("rate", garwood = poisson.test(10, 412.5)$conf.int, ratio = poisson.test(c(10, 3), c(400, 250))$conf.int,
    ratio_p = poisson.test(c(10, 3), c(400, 250), alternative = "greater")$p.value)

if (length(args) > 1) {
  for (f in list.files(args[2], "^(kmci|bpcp2).*R$", full.names = TRUE)) source(f)
  e <- d[i < 20, ]
  b <- bpcp(e$exit, as.integer(e$to > 0), Delta = 0)
  q <- c(1, 2, 3, 4, 4.5)
  s <- StCI(b, tstar = q)
  put("bpcp", at = q, survival = s[, 2], lower = s[, 3], upper = s[, 4])
}
writeLines(c("{", paste(out, collapse = ",\n"), "}"), args[1])
