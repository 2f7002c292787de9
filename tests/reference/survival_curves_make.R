# Makes survival_curves_reference.json with R survival: curves by group with three intervals, medians,
# restricted means and log-rank tests, of data of our own making (no random numbers).
# Rscript survival_curves_make.R survival_curves_reference.json
suppressMessages(library(survival))
args <- commandArgs(TRUE)
json <- function(x) if (is.character(x)) paste0('["', paste(x, collapse = '", "'), '"]') else
  paste0("[", paste(ifelse(is.na(x), "null", trimws(formatC(x, digits = 15, format = "g"))), collapse = ", "), "]")
out <- character()
put <- function(name, v) out <<- c(out, paste0('"', name, '": {\n  ', paste0('"', names(v), '": ', sapply(v, json), collapse = ",\n  "), "}"))

i <- 0:199
mix <- function(a, m) ((i * i * a + i * 7919) %/% 13) %% m
d <- data.frame(id = i %/% 3, sector = c("academia", "industry", "lab")[mix(3, 3) + 1], stratum = mix(11, 2),
                weight = c(0.5, 1.25, 2, 0.8, 3)[i %% 5 + 1], entry = ifelse(i %% 3 == 0, 0, mix(5, 4)))
d$yearly <- d$entry + 1 + mix(7, 9)
d$event <- as.numeric(mix(17, 5) < 2)
d$exact <- 0.05 + mix(29, 997) / 83 + i / 1000  # from 0, all distinct
put("data", c(as.list(d[c("id", "sector", "stratum", "weight", "entry", "yearly", "event", "exact")])))

curve <- function(name, y, tau, robust = FALSE, w = rep(1, 200), who = i) {
  v <- list()
  for (type in c("log-log", "log", "plain")) {
    f <- if (robust) survfit(y ~ sector, d, conf.type = type, weights = w, cluster = who, robust = TRUE)
         else survfit(y ~ sector, d, conf.type = type)
    s <- summary(f)
    if (type == "log-log") v <- list(group = sub("sector=", "", as.character(s$strata)), time = s$time, survival = s$surv,
                                     se = s$std.err, at_risk = s$n.risk, events = s$n.event)
    q <- quantile(f, 0.5)
    v[[paste0("low_", type)]] <- s$lower
    v[[paste0("high_", type)]] <- s$upper
    v[[paste0("median_", type)]] <- c(t(cbind(q$quantile, q$lower, q$upper)))
  }
  if (!robust) {
    m <- summary(f, rmean = tau)$table
    v$tau <- tau; v$mean <- m[, "rmean"]; v$se_mean <- m[, "se(rmean)"]
    r <- summary(f, times = c(1, 3, 5), extend = TRUE)
    v$n_risk <- r$n.risk
  }
  put(name, v)
}
from0 <- Surv(d$exact, d$event)
late <- Surv(d$entry, d$yearly, d$event)
curve("exact", from0, 9)
curve("late", late, 6)
curve("weights", late, 6, TRUE, d$weight)
curve("clusters", late, 6, TRUE, who = d$id)
curve("weights_clusters", late, 6, TRUE, d$weight, d$id)

lr <- function(name, f) put(name, list(chisq = f$chisq, observed = rowSums(as.matrix(f$obs)), expected = rowSums(as.matrix(f$exp))))
lr("log_rank", survdiff(from0 ~ sector, d))
lr("log_rank_rho", survdiff(from0 ~ sector, d, rho = 1))
lr("log_rank_strata", survdiff(from0 ~ sector + strata(stratum), d))
# With delayed entry the score test of Cox with exact ties is the log-rank test; 60 rows, which it can do.
score <- function(f) list(chisq = coxph(f, d[1:60, ], ties = "exact")$score)
put("log_rank_late", score(Surv(entry, yearly, event) ~ sector))
put("log_rank_late_strata", score(Surv(entry, yearly, event) ~ sector + strata(stratum)))
put("trend", score(Surv(entry, yearly, event) ~ match(sector, c("lab", "academia", "industry"))))
writeLines(c("{", paste(out, collapse = ",\n"), "}"), args[1])
