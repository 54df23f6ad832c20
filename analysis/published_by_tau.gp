# published_by_tau: perplexity against tau, the paper's Table 1 and ours, each in units of its best: orderings and shapes may be compared,
# absolute perplexities may not. tau = 0 and infinity, which no logarithmic axis has, stand at the ends.
load "style.gp"
ours = 0
stats in using (ours = strcol("series") eq "ours" ? 1 : ours) nooutput
series(s, x) = strcol("series") eq s ? x : NaN
set xrange [-3.2 : 3.2]
set xtics ("0" -3, "1/100" -2, "1/10" -1, "best τ" 0, "10" 1, "100" 2, "∞" 3)
set xlabel "precision τ in units of the best"
set ylabel "perplexity in units of the best"
plot in using (column("position")):(series("published", limit(strcol("tau")) ? NaN : column("relative_perplexity"))) with linespoints linestyle 1 notitle, \
     in using (column("position")):(series("published", limit(strcol("tau")) ? column("relative_perplexity") : NaN)) with points linestyle 1 dashtype 1 notitle, \
     in using (column("position")):(series("ours", limit(strcol("tau")) ? NaN : column("relative_perplexity"))) with linespoints linestyle 2 notitle, \
     in using (column("position")):(series("ours", limit(strcol("tau")) ? column("relative_perplexity") : NaN)) with points linestyle 2 notitle, \
     NaN with linespoints linestyle 1 title "published, Table 1", \
     NaN with linespoints linestyle 2 title (ours ? "ours, test" : "")
