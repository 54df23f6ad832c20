# perplexity_by_rank: test perplexity against rank, a line a tau, bars from the lowest to the highest seed.
load "style.gp"
set key maxcols 2
taus = ""
stats in using (taus = strstrt(taus, " ".strcol("tau")." ") ? taus : taus." ".strcol("tau")." ", column("rank")) nooutput
set logscale x 2
set xrange [STATS_min / 1.25 : STATS_max * 1.25]
set xtics (1, 2, 4, 8, 16, 32, 64, 128, 256)
set xlabel "rank"
set ylabel "test perplexity"
n = words(taus)
beside(i) = 2 ** (0.05 * (i - (n + 1) / 2.0)) # so that bars do not hide each other
plot for [i = 1:n] in using (column("rank") * beside(i)):(strcol("tau") eq word(taus, i) ? column("perplexity") : NaN):(column("low")):(column("high")) \
         with yerrorlines linewidth 1.8 linecolor rgb colour[1 + (i - 1) % 8] dashtype dash[1 + (i - 1) % 8] pointtype mark[1 + (i - 1) % 8] pointsize 0.7 \
         title "τ = ".tau_name(word(taus, i))
