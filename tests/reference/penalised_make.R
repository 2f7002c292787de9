# Makes penalised_reference.json with R's glm, brglm2 and (where its library is given) logistf.
# Rscript penalised_make.R penalised_reference.json [library with logistf 1.21]
suppressMessages(library(brglm2))
args <- commandArgs(TRUE)
i <- 0:35
mix <- function(a, m) ((i * i * a + i * 7919) %/% 13) %% m
d <- data.frame(year = 2010 + i %% 6, sector = i %/% 6 %% 3, age = mix(5, 17) / 4 + 30, trials = mix(3, 9) + 1)
d$events <- ifelse(d$sector == 2, 0, pmin(mix(7, 5) %/% 3, d$trials))  # nobody of sector 2: separated
d$some <- pmin(mix(11, 4) %/% 2, d$trials)                             # nothing separated
d$exposure <- d$trials * (0.5 + mix(9, 7) / 10)
d$offset <- mix(13, 5) / 20
d$away <- ifelse(d$sector == 1, 0, mix(17, 3) %/% 2)                   # nobody of sector 1 goes there
num <- function(x) paste0("[", paste(trimws(formatC(x, digits = 15, format = "g")), collapse = ", "), "]")
out <- character()
put <- function(name, ...) { v <- list(...)
  out <<- c(out, paste0('  "', name, '": {', paste0('"', names(v), '": ', sapply(v, num), collapse = ", "), "}")) }
do.call(put, c("data", as.list(d)))

tight <- list(epsilon = 1e-13, maxit = 2000, max_step_factor = 20)
fit <- function(name, formula, family, type, offset = 0) {
  d$known <- offset
  formula <- update(formula, . ~ . + offset(known))
  f <- if (type == "ML") glm(formula, family, d, control = list(epsilon = 1e-15, maxit = 200))
       else glm(formula, family, d, method = "brglmFit", control = c(tight, type = type))
  put(name, coef = coef(f), se = sqrt(diag(vcov(f))))
}
terms <- ~ year + factor(sector) + age
separated <- update(terms, cbind(events, trials - events) ~ .)
plain <- update(terms, cbind(some, trials - some) ~ .)
for (link in c("logit", "cloglog")) {
  fit(paste0(link, "_jeffreys"), separated, binomial(link), "MPL_Jeffreys")
  fit(paste0(link, "_jeffreys_plain"), plain, binomial(link), "MPL_Jeffreys")
  fit(paste0(link, "_ml"), plain, binomial(link), "ML")
  fit(paste0(link, "_ml_offset"), plain, binomial(link), "ML", offset = d$offset)
}
fit("logit_jeffreys_offset", separated, binomial("logit"), "MPL_Jeffreys", offset = d$offset)
# A mean bias reduction, which for the cloglog is another estimator: here to show the difference.
fit("cloglog_mean", separated, binomial("cloglog"), "AS_mean")
fit("poisson_jeffreys", update(terms, events ~ .), poisson(), "MPL_Jeffreys", offset = log(d$exposure))
fit("poisson_ml", update(terms, some ~ .), poisson(), "ML", offset = log(d$exposure))

long <- data.frame(d[rep(seq_len(nrow(d)), 3), ], to = factor(rep(0:2, each = nrow(d))),
                   n = c(d$trials, d$some, d$away))
long$year <- long$year - 2010
for (type in c("AS_mean", "ML")) {
  use <- if (type == "ML") ~ year + age else ~ year + factor(sector) + age
  f <- brmultinom(update(use, to ~ .), long, weights = n, type = type, ref = 1,
                  epsilon = 1e-12, maxit = 5000)
  put(paste0("multinomial_", tolower(type)), coef = t(coef(f)), se = sqrt(diag(vcov(f))))
}
if (length(args) > 1) {
  suppressMessages(library(logistf, lib.loc = args[2]))
  people <- rbind(data.frame(d[rep(seq_len(nrow(d)), d$events), ], y = rep(1, sum(d$events))),
                  data.frame(d[rep(seq_len(nrow(d)), d$trials - d$events), ], y = rep(0, sum(d$trials - d$events))))
  people$year <- people$year - 2013
  people$age <- people$age - 32
  f <- logistf(y ~ year + factor(sector) + age, people,
               control = logistf.control(maxit = 1000, lconv = 1e-12, gconv = 1e-12, xconv = 1e-12),
               plcontrol = logistpl.control(maxit = 1000, lconv = 1e-12, xconv = 1e-12))
  put("logistf", coef = f$coefficients, lower = f$ci.lower, upper = f$ci.upper, p = f$prob)
}
writeLines(c("{", paste(out, collapse = ",\n"), "}"), args[1])
