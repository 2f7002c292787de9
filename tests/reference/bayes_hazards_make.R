# Long JAGS runs of hazards with two competing destinations, for bayes_hazards_reference.json.
# Usage: Rscript bayes_hazards_make.R SPEC.json OUT.json [iterations]
# SPEC.json is a list of cases with id, family, model and inputs, as in the reference file;
# the reference took 60000 iterations. Needs rjags, coda, jsonlite. Every value carries its
# Monte Carlo error (coda's spectral effective sample size, 4 chains).
suppressMessages({library(rjags); library(coda); library(jsonlite)})
a <- commandArgs(TRUE)
spec <- fromJSON(a[1], simplifyVector = FALSE)
iters <- if (length(a) > 2) as.numeric(a[3]) else 60000
model <- "model{
 for(c in 1:C){ y[c,1:3] ~ dmulti(h[c,1:3], n[c])
  for(k in 1:3){ h[c,k] <- e[c,k]/sum(e[c,1:3]) }
  e[c,1] <- 1
  for(k in 1:2){ e[c,k+1] <- exp(alpha[k] + f[t[c],k] + x[c]*beta[k]) } }
 for(k in 1:2){
  alpha[k] ~ dnorm(mu_a[k], pow(sd_a,-2)); beta[k] ~ dnorm(0, pow(sd_b,-2))
  sd_f[k] ~ dnorm(0, pow(sd_f_scale,-2))T(0,)
  for(i in 1:T){ f[i,k] ~ dnorm(0, pow(sd_f[k],-2)) } }
 for(j in 1:2){ S[j,1] <- 1
  for(i in 1:T){
   for(k in 1:2){
    q[j,i,k] <- exp(alpha[k]+f[i,k]+(j-1)*beta[k])
    hh[j,i,k] <- q[j,i,k]/(1+q[j,i,1]+q[j,i,2]); Fi[j,i,k] <- S[j,i]*hh[j,i,k] }
   S[j,i+1] <- S[j,i]*(1-hh[j,i,1]-hh[j,i,2]) }
  for(k in 1:2){ CIF[j,k] <- sum(Fi[j,1:T,k]) }
  R[j] <- S[j,T+1] }
 dR <- R[2]-R[1] }"
num <- function(x) {
  if (!is.list(x)) return(x)
  if (is.list(x[[1]])) do.call(rbind, lapply(x, unlist)) else unlist(x)
}
out <- list()
for (s in spec) {
  d <- lapply(s$inputs, num)
  d$y <- matrix(as.numeric(d$y), nrow = nrow(d$y)); d$n <- rowSums(d$y); d$C <- nrow(d$y)
  start <- lapply(1:4, function(i) list(.RNG.name = "base::Mersenne-Twister", .RNG.seed = 100 + i))
  j <- jags.model(textConnection(model), d, start, n.chains = 4, n.adapt = 3000, quiet = TRUE)
  update(j, 3000, progress.bar = "none")
  z <- coda.samples(j, c("alpha", "beta", "sd_f", "CIF", "R", "dR"), iters, thin = 4,
                    progress.bar = "none")
  st <- summary(z)$statistics; es <- effectiveSize(z); al <- as.matrix(z)
  rhat <- gelman.diag(z, multivariate = FALSE, autoburnin = FALSE)$psrf[, 1]
  values <- lapply(rownames(st), function(r) list(
    mean = st[r, 1], sd = st[r, 2], mcse_mean = st[r, 2] / sqrt(es[[r]]),
    q2.5 = unname(quantile(al[, r], .025)), q97.5 = unname(quantile(al[, r], .975)),
    ess = round(es[[r]])))
  names(values) <- rownames(st)
  out[[length(out) + 1]] <- list(
    id = s$id, family = s$family, model = s$model, inputs = s$inputs, values = values,
    kind = "mcmc", rhat_max = max(rhat),
    source = paste0("JAGS 4.3.1 via rjags, 4 chains x ", iters, " thin 4"))
}
write_json(list(cases = out), a[2], auto_unbox = TRUE, digits = 8, pretty = TRUE)
