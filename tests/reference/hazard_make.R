# Makes hazard_reference.json with R's glm, brglm2, nnet, splines, survival and numDeriv.
# Rscript hazard_make.R hazard_reference.json
suppressMessages({library(survival); library(brglm2); library(nnet); library(splines); library(numDeriv)})
args <- commandArgs(TRUE)
set.seed(20191125)
n <- 400
d <- data.frame(id = 1:n, cluster = (0:(n - 1)) %/% 8, entry = sample(c(0, 0, 0, 1, 2), n, TRUE),
                sector = sample(c("academia", "industry", "training"), n, TRUE, c(.4, .4, .2)),
                stage = sample(0:1, n, TRUE), x = round(rnorm(n), 1), arrival = sample(2010:2013, n, TRUE),
                weight = sample(c(0.5, 1, 2.25), n, TRUE))
h <- exp(-2.4 + 0.5 * (d$sector == "industry") - 0.6 * d$stage + 0.3 * d$x)
wait <- rexp(n) / h
d$true <- d$entry + wait
d$exit <- pmin(ceiling(d$true), 7)
d$to <- ifelse(d$true <= 7, sample(1:2, n, TRUE, c(.7, .3)), 0)
d$place <- d$to
d$exact <- round(pmin(d$true, 7), 3)
d$exact <- pmax(d$exact, d$entry + 0.001)
num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", trimws(formatC(x, digits = 15, format = "g"))), collapse = ", "), "]")
txt <- function(x) paste0("[", paste0('"', x, '"', collapse = ", "), "]")
out <- character()
put <- function(name, ...) { v <- list(...)
  out <<- c(out, paste0('  "', name, '": {', paste0('"', names(v), '": ',
                 sapply(v, function(e) if (is.character(e)) txt(e) else num(e)), collapse = ", "), "}")) }
put("data", entry = d$entry, exit = d$exit, exact = d$exact, to = d$to, sector = d$sector, stage = d$stage,
    x = d$x, arrival = d$arrival, weight = d$weight, cluster = d$cluster)

# Person-years. R's default epsilon of 1e-8 stops early: estimates off in the sixth digit, errors in the fourth.
tight <- glm.control(epsilon = 1e-14, maxit = 200)
p <- survSplit(Surv(entry, exit, to > 0) ~ ., d, cut = 1:6, event = "left")
p$yr <- factor(p$exit)
p$late <- as.integer(p$arrival + p$entry >= 2015)  # (2015, ...] begins here
p$a <- p$left * (p$place == 1); p$b <- p$left * (p$place == 2)
fit <- function(f, family, data = p) suppressWarnings(glm(f, family, data, control = tight))
keep <- function(name, f, V = vcov(f), ...) put(name, coef = coef(f), se = sqrt(diag(V)), loglik = as.numeric(logLik(f)), ...)
main <- left ~ 0 + yr + sector + stage + x
cl <- fit(main, binomial("cloglog")); keep("cloglog", cl)
keep("logit", fit(main, binomial("logit")))
keep("cloglog_period", fit(left ~ 0 + yr + sector * late + stage, binomial("cloglog")))
keep("linear", fit(left ~ I(exit - 1) + sector + stage, binomial("cloglog")))
keep("quadratic", fit(left ~ I(exit - 1) + I((exit - 1)^2) + sector + stage, binomial("cloglog")))
keep("duration_interaction", fit(left ~ 0 + yr + stage + stage:I(exit - 1), binomial("cloglog")))
a <- fit(a ~ 0 + yr + sector + stage, binomial("cloglog")); keep("cause_a", a)
b <- fit(b ~ 0 + yr + sector + stage, binomial("cloglog")); keep("cause_b", b)

# Natural spline with our knots: 5, 35, 65, 95% of the events by step.
e <- tapply(p$left, p$exit - 1, sum)
k <- as.numeric(names(e))[sapply(c(.05, .35, .65, .95), function(s) which(cumsum(e) / sum(e) >= s - 1e-12)[1])]
k <- unique(k)
s <- fit(left ~ ns(I(exit - 1), knots = k[-c(1, length(k))], Boundary.knots = range(k)) + sector + stage, binomial("cloglog"))
put("spline", knots = k, coef = tail(coef(s), 3), se = tail(sqrt(diag(vcov(s))), 3), loglik = as.numeric(logLik(s)))

# Sandwiches by hand, as sandwich::sandwich and sandwich::vcovCL (HC0, cadjust) define them for a glm.
estfun <- function(f) residuals(f, "working") * f$weights * model.matrix(f)
bread <- function(f) summary(f)$cov.unscaled
clustered <- function(f, g) { U <- rowsum(estfun(f), g); m <- nrow(U); m / (m - 1) * bread(f) %*% crossprod(U) %*% bread(f) }
put("robust", se = sqrt(diag(bread(cl) %*% crossprod(estfun(cl)) %*% bread(cl))))
put("cluster", se = sqrt(diag(clustered(cl, p$cluster))))
w <- glm(main, quasibinomial("cloglog"), p, weights = weight, control = tight)
put("weighted", coef = coef(w), se_robust = sqrt(diag(bread(w) %*% crossprod(estfun(w)) %*% bread(w))),
    se_cluster = sqrt(diag(clustered(w, p$cluster))))

# Piecewise exponential on exact times; overdispersed aggregates of it.
q <- survSplit(Surv(entry, exact, to > 0) ~ ., d, cut = 1:6, event = "left")
q$yr <- factor(ceiling(q$exact - 1e-9)); q$time <- q$exact - q$entry
pe <- fit(left ~ 0 + yr + sector + stage + x + offset(log(time)), poisson, q)
put("log", coef = coef(pe), se = sqrt(diag(vcov(pe))), loglik = sum(q$left * log(fitted(pe) / q$time) - fitted(pe)))
put("log_cluster", se = sqrt(diag(clustered(pe, q$cluster))))
q$a <- q$left * (q$place == 1); q$b <- q$left * (q$place == 2)
pa <- fit(a ~ 0 + yr + sector + offset(log(time)), poisson, q)
pb <- fit(b ~ 0 + yr + sector + offset(log(time)), poisson, q)
g <- aggregate(cbind(left, time) ~ sector + stage + arrival, q, sum)
put("aggregates", left = g$left, time = g$time, sector = as.character(g$sector), stage = g$stage, arrival = g$arrival)
o <- fit(left ~ sector + stage + offset(log(time)), quasipoisson, g)
so <- summary(o)
put("overdispersed", coef = coef(o), se = sqrt(diag(vcov(o))), dispersion = so$dispersion, p = so$coefficients[, 4])
ob <- aggregate(cbind(left, n = 1) ~ sector + stage + yr, p, sum)
oq <- fit(cbind(left, n - left) ~ sector + stage, quasibinomial("cloglog"), ob)
put("overdispersed_binomial", coef = coef(oq), se = sqrt(diag(vcov(oq))), dispersion = summary(oq)$dispersion)

# Jeffreys' penalty on few events: the first 60 people, only those of the training sector never leave.
few <- p[p$id <= 60 & !(p$sector == "training" & p$left == 1), ]
few$trained <- as.integer(few$sector == "training")
m <- suppressWarnings(glm(left ~ 0 + factor(pmin(exit, 4)) + trained + stage, binomial("cloglog"), few, method = "brglm_fit",
         control = list(type = "MPL_Jeffreys", epsilon = 1e-12, maxit = 5000)))
put("few", entry = few$entry, left = few$left, trained = few$trained, stage = few$stage)
put("firth", coef = coef(m), se = sqrt(diag(vcov(m))))

# All destinations at once: Newton on the multinomial likelihood from nnet's start.
X <- model.matrix(~ 0 + yr + sector + stage, p); Y <- cbind(p$a, p$b)
theta <- as.vector(t(coef(multinom(p$left * p$place ~ 0 + X, trace = FALSE, maxit = 1000))))
for (i in 1:30) { E <- exp(X %*% matrix(theta, ncol(X))); P <- E / (1 + rowSums(E))
  score <- as.vector(t(X) %*% (Y - P))
  info <- rbind(cbind(t(X) %*% (P[, 1] * (1 - P[, 1]) * X), -t(X) %*% (P[, 1] * P[, 2] * X)),
                cbind(-t(X) %*% (P[, 1] * P[, 2] * X), t(X) %*% (P[, 2] * (1 - P[, 2]) * X)))
  theta <- theta + solve(info, score) }
put("multinomial", coef = theta, se = sqrt(diag(solve(info))), loglik = sum(Y * log(P)) + sum((1 - rowSums(Y)) * log(1 - rowSums(P))))

# Predictions: delta method with numerical gradients.
delta <- function(f, theta, V) { J <- jacobian(f, theta); v <- f(theta); list(v = v, se = sqrt(diag(J %*% V %*% t(J)))) }
row <- function(sec, st, x) c(as.numeric(sec == c("industry", "training")), st, x)
stay <- function(th, z, from = 1, to = 6) prod(exp(-exp(th[from:to] + sum(th[8:11] * z))))
r <- delta(function(th) c(stay(th, row("industry", 0, 0.5), 1, 3), stay(th, row("industry", 0, 0.5)),
                          stay(th, row("academia", 1, -1), 3, 6)), coef(cl), vcov(cl))
put("predict", retention = r$v, se = r$se)
# Incidences cause by cause on the hazards per time (log link), two destinations.
V <- matrix(0, 18, 18); V[1:9, 1:9] <- vcov(pa); V[10:18, 10:18] <- vcov(pb)
cif <- function(th, horizon = 5) { S <- 1; F <- c(0, 0)
  for (s in 1:horizon) { l <- exp(c(th[s] + th[8], th[9 + s] + th[17])); L <- sum(l)
    F <- F + S * l / L * (1 - exp(-L)); S <- S * exp(-L) }
  c(S, F) }
r <- delta(cif, c(coef(pa), coef(pb)), V)
put("incidence", value = r$v, se = r$se)
# Cause-specific cloglog: the covariance of the two fits is that of the multinomial scores.
xa <- model.matrix(a); la <- exp(xa %*% coef(a)); lb <- exp(xa %*% coef(b)); qa <- 1 - exp(-la); qb <- 1 - exp(-lb)
cross <- t(xa) %*% (as.vector(la * lb * exp(-la) * exp(-lb) / (qa * (1 - qa) * qb * (1 - qb)) * (-qa * qb)) * xa)
V <- rbind(cbind(vcov(a), vcov(a) %*% cross %*% vcov(b)), cbind(t(vcov(a) %*% cross %*% vcov(b)), vcov(b)))
cifd <- function(th, horizon = 4) { S <- 1; F <- c(0, 0)
  for (s in 1:horizon) { q <- 1 - exp(-exp(c(th[s] + th[8], th[10 + s] + th[18]))); F <- F + S * q; S <- S * (1 - sum(q)) }
  c(S, F) }
r <- delta(cifd, c(coef(a), coef(b)), V)
put("incidence_yearly", value = r$v, se = r$se)
# Standardised over everybody's covariates at entry: all in industry, all in academia.
Z <- d[, c("stage", "x")]
std <- function(th) sapply(c("industry", "academia"), function(sec)
  mean(apply(Z, 1, function(z) stay(th, row(sec, z[1], z[2])))))
r <- delta(function(th) { s <- std(th); c(s, s[1] - s[2], s[1] / s[2]) }, coef(cl), vcov(cl))
put("contrast", value = r$v, se = r$se)
writeLines(c("{", paste0(out, c(rep(",", length(out) - 1), "")), "}"), args[1])
