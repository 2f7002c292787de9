# Makes cox_reference.json with R survival (3.5-3).  Rscript cox_make.R cox_reference.json
suppressMessages(library(survival))
args <- commandArgs(TRUE)
num <- function(x) paste0("[", paste(ifelse(is.finite(x), trimws(formatC(as.numeric(x), digits = 15, format = "g")), "null"), collapse = ", "), "]")
text <- function(v) paste0("{", paste0('"', names(v), '": ', sapply(v, function(x) if (is.list(x)) text(x) else num(x)), collapse = ",\n  "), "}")
tight <- coxph.control(eps = 1e-12, iter.max = 60, toler.chol = 1e-13, timefix = FALSE)

# One model, everything that is compared. x: matrix; the profile is the first row plus a half.
case <- function(stop, status, x, start = NULL, strata = NULL, weights = NULL, cluster = NULL, ties = "efron", robust = NULL) {
  d <- data.frame(stop = stop, status = status, start = if (is.null(start)) 0 else start)
  x <- as.matrix(x)
  y <- if (is.null(start)) Surv(d$stop, d$status) else Surv(d$start, d$stop, d$status)
  w <- if (is.null(weights)) rep(1, nrow(d)) else weights
  st <- if (is.null(strata)) rep(1, nrow(d)) else strata
  colnames(x) <- paste0("v", seq_len(ncol(x)))
  d <- cbind(d, x); d$st <- factor(st); d$w <- w; d$id <- if (is.null(cluster)) seq_len(nrow(d)) else cluster
  rhs <- paste(colnames(x), collapse = "+")
  f <- as.formula(paste("y ~", rhs, if (!is.null(strata)) "+ strata(st)"))
  fit <- if (ties == "exact") coxph(f, d, ties = "exact") else coxph(f, d, weights = w, ties = ties, control = tight, robust = FALSE)
  out <- list(coef = fit$coefficients, var = fit$var, loglik = fit$loglik, score = fit$score, wald = sum(fit$coefficients * solve(fit$var, fit$coefficients)))
  if (ties != "exact") {
    rob <- coxph(f, d, weights = w, ties = ties, control = tight, cluster = id)
    out$robust <- vcov(rob)
    out$concordance <- fit$concordance[c("concordance", "std", "concordant", "discordant", "tied.x", "tied.y", "tied.xy")]
    out$concordance_cluster <- rob$concordance[c("concordance", "std")]
    zph <- lapply(c(km = "km", rank = "rank", identity = "identity", log = "log"), function(tr) { z <- cox.zph(fit, tr, terms = FALSE)$table; z[, "chisq"] })
    out$zph <- zph
    out$martingale <- residuals(fit, "martingale"); out$deviance <- residuals(fit, "deviance")
    out$scores <- residuals(fit, "score")
    out$schoenfeld <- residuals(fit, "schoenfeld"); out$scaled <- residuals(fit, "scaledsch")
    p <- d[1, , drop = FALSE]; p[colnames(x)] <- p[colnames(x)] + 0.5
    out$profile <- unlist(p[colnames(x)])
    for (which in c("model", "robust")) {
      s <- survfit(if (which == "model") fit else rob, newdata = p, conf.type = "log-log")
      k <- unique(round(seq(1, length(s$time), length.out = min(8, length(s$time)))))
      out[[paste0("curve_", which)]] <- list(time = s$time[k], surv = s$surv[k], se = s$std.err[k], lower = s$lower[k], upper = s$upper[k], cumhaz = s$cumhaz[k])
    }
  }
  list(data = list(start = d$start, stop = d$stop, status = d$status, x = t(x), strata = as.integer(d$st), weights = w, cluster = as.integer(factor(d$id)), late = as.numeric(!is.null(start)), ties = match(ties, c("efron", "breslow", "exact")), p = ncol(x)), values = out)
}

# Data of our own: tied yearly times, delayed entry, two rows for some people, nothing random.
i <- 0:79
mix <- function(a, m) ((i * i * a + i * 7919) %/% 13) %% m
d <- data.frame(id = i %/% 2, start = ifelse(i %% 3 == 0, 0, mix(5, 4)), strata = mix(11, 2),
                weights = c(0.5, 1.25, 2, 0.8)[i %% 4 + 1], x1 = mix(3, 2), x2 = mix(17, 23) / 7 - 1.5)
d$stop <- d$start + 1 + mix(7, 6)
d$status <- as.numeric(mix(19, 5) < 3)
x <- cbind(d$x1, d$x2)
e <- d; e$stop <- round(e$start + 0.5 + mix(7, 97) / 16 + i / 1000, 6)
own <- list(
  plain = case(d$stop, d$status, x), breslow = case(d$stop, d$status, x, ties = "breslow"),
  entry = case(d$stop, d$status, x, start = d$start, cluster = d$id),
  entry_breslow = case(d$stop, d$status, x, start = d$start, ties = "breslow", cluster = d$id),
  untied = case(e$stop, e$status, x, start = e$start, strata = d$strata),
  everything = case(d$stop, d$status, x, start = d$start, strata = d$strata, weights = d$weights, cluster = d$id),
  everything_breslow = case(d$stop, d$status, x, start = d$start, strata = d$strata, weights = d$weights, cluster = d$id, ties = "breslow"),
  exact = case(d$stop, d$status, x, ties = "exact"), exact_strata = case(d$stop, d$status, x, ties = "exact", strata = d$strata))
# Exact ties with delayed entry: survival 3.5-3 has no such method; each risk set is a stratum of its own.
sets <- do.call(rbind, lapply(sort(unique(d$stop[d$status == 1])), function(t) {
  r <- d[d$start < t & d$stop >= t, ]; data.frame(t = t, y = as.numeric(r$status == 1 & r$stop == t), x1 = r$x1, x2 = r$x2) }))
f <- coxph(Surv(rep(1, nrow(sets)), y) ~ x1 + x2 + strata(t), sets, ties = "exact", control = coxph.control(eps = 1e-12))
# Replicated rows against counts, Efron's ties.
k <- rep(seq_len(nrow(d)), 1 + i %% 3)
g <- coxph(Surv(start, stop, status) ~ x1 + x2, d[k, ], control = tight, cluster = id)
if (length(args)) writeLines(text(c(own, list(exact_entry = list(coef = coef(f), var = vcov(f), loglik = f$loglik),
  replicated = list(coef = coef(g), var = g$naive.var, robust = vcov(g), loglik = g$loglik)))), args[1])
