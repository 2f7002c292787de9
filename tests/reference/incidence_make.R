# Makes incidence_reference.json with R survival and cmprsk: Rscript incidence_make.R incidence_reference.json
suppressMessages({library(survival); library(cmprsk)})
args <- commandArgs(TRUE)
i <- 0:119
mix <- function(a, m) ((i * i * a + i * 7919) %/% 17) %% m  # no pattern that would make groups balance
d <- data.frame(id = i %/% 3, entry = ifelse(i %% 3 == 0, 0, mix(5, 4)), group = mix(3, 2),
                stratum = mix(11, 2), weight = c(0.5, 1.25, 2, 0.8, 1.1)[i %% 5 + 1], count = 1 + mix(13, 3))
d$exit <- d$entry + 1 + mix(7, 7) + ifelse(i %% 4 == 0, 0.5, 0)
d$to <- c(0, 1, 2, 0, 1, 0)[mix(17, 6) + 1]
d$state <- factor(d$to, 0:2)
d$row <- seq_along(i)
num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", trimws(formatC(x, digits = 15, format = "g"))), collapse = ", "), "]")
out <- character()
put <- function(name, ...) { v <- list(...)
  out <<- c(out, paste0('  "', name, '": {', paste0('"', names(v), '": ', sapply(v, num), collapse = ", "), "}")) }
put("data", id = d$id, entry = d$entry, exit = d$exit, to = d$to, group = d$group, stratum = d$stratum,
    weight = d$weight, count = d$count)
times <- c(2, 3.5, 5, 6)
fit <- function(x) { # conditional on staying until 1
  x <- x[x$exit > 1, ]; x$entry <- pmax(x$entry, 1)
  survfit(Surv(entry, exit, state) ~ 1, x, id = row, weights = w, influence = TRUE) }
show <- function(name, f) { s <- summary(f, times = times, extend = TRUE)
  put(name, time = s$time, stay = s$pstate[, 1], a = s$pstate[, 2], b = s$pstate[, 3],
      se_stay = s$std.err[, 1], se_a = s$std.err[, 2], se_b = s$std.err[, 3]) }
d$w <- 1
both <- d[d$exit > 1, ]
for (g in 0:1) show(paste0("group_", g), fit(both[both$group == g, ]))
big <- d[rep(d$row, d$count), ]; big$row <- seq_len(nrow(big))
show("counts", fit(big))
weighted <- transform(both, w = weight)
show("weights", fit(weighted))
# Clusters: survfit 3.5 leaves them unused for competing ends; its own influences are summed by cluster.
area <- function(f, p, horizon) {                    # area under each influence up to the horizon
  t <- f$time; keep <- t < horizon; width <- diff(c(t[keep], horizon))
  f$influence.pstate[, c(FALSE, keep), p, drop = TRUE] %*% width }
at <- function(f, time) { j <- max(which(f$time <= time)); c(f$pstate[j, 2], f$pstate[j, 3]) }
own <- function(f, x, time, p) f$influence.pstate[, 1 + max(which(f$time <= time)), p] * x$weight
x0 <- weighted[weighted$group == 0, ]; f0 <- fit(x0)
x1 <- weighted[weighted$group == 1, ]; f1 <- fit(x1)
gap <- at(f0, 5) - at(f1, 5)
se <- sapply(2:3, function(p) sqrt(sum(rowsum(c(own(f0, x0, 5, p), -own(f1, x1, 5, p)), c(x0$id, x1$id))^2)))
put("difference_clustered", estimate = gap, se = se)
se1 <- sapply(2:3, function(p) sqrt(sum(rowsum(own(f1, x1, 5, p), x1$id)^2)))
put("clustered_group_1", estimate = at(f1, 5), se = se1)
g0 <- fit(both[both$group == 0, ])
lost <- sapply(2:3, function(p) { t <- g0$time; k <- t < 5; sum(g0$pstate[k, p] * diff(c(t[k], 5))) })
se <- sapply(2:3, function(p) sqrt(sum(area(g0, p, 5)^2)))
put("time_lost_group_0", estimate = lost, se = se)

e <- big; e$exit <- e$exit - e$entry                 # everybody from time 0
g <- cuminc(e$exit, e$to, e$group)$Tests
put("gray", chisq = g[, "stat"], p = g[, "pv"])
g <- cuminc(e$exit, e$to, e$group, strata = e$stratum)$Tests
put("gray_strata", chisq = g[, "stat"], p = g[, "pv"])

r <- data.frame(group = c(0, 0, 0, 1, 1, 1), events = c(4, 6, 0, 1, 2, 0), exposure = c(120, 180.5, 112, 60, 90, 100))
put("rate_data", group = r$group, events = r$events, exposure = r$exposure)
s <- aggregate(cbind(events, exposure) ~ group, r, sum)
ci <- sapply(1:2, function(k) poisson.test(s$events[k], s$exposure[k])$conf.int)
put("garwood", low = ci[1, ], high = ci[2, ])
mid <- function(x, t, q) uniroot(function(m) ppois(x, m) - dpois(x, m) / 2 - q, c(1e-9, 100), tol = 1e-13)$root / t
put("mid_p", low = mapply(mid, s$events, s$exposure, 0.975), high = mapply(mid, s$events, s$exposure, 0.025))
two <- function(...) poisson.test(rev(s$events), rev(s$exposure), ...)
p <- min(1, 2 * min(two(alternative = "greater")$p.value, two(alternative = "less")$p.value))
put("ratio", estimate = two()$estimate, low = two()$conf.int[1], high = two()$conf.int[2], p = p)
m <- glm(events ~ factor(group) + offset(log(exposure)), poisson, r)
put("dispersion", chisq = sum(residuals(m, "pearson")^2), df = m$df.residual)
# Gamma limits of a weighted rate: Fay and Feuer's, the weight of one more end by its mean (Tiwari et al.)
w <- c(0.5, 0.5, 2, 2, 2, 1); ended <- c(1, 0, 1, 1, 0, 0); time <- c(1, 2, 1.5, 3, 2.5, 2)
y <- sum(w * ended) / sum(w * time); v <- sum(w^2 * ended) / sum(w * time)^2
y1 <- y + mean(w) / sum(w * time); v1 <- v + mean(w^2) / sum(w * time)^2
put("gamma", w = w, ended = ended, time = time, rate = y, low = v / (2 * y) * qchisq(0.025, 2 * y^2 / v),
    high = v1 / (2 * y1) * qchisq(0.975, 2 * y1^2 / v1))
writeLines(c("{", paste(out, collapse = ",\n"), "}"), args[1])
