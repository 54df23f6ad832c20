# perplexity_by_size: test perplexity of a task against training size, for both limits and BoRA at the tau best on validation: a pale point a task and
# seed, lines through the means of neighbouring points.
load "style.gp"
tau = ""; there = ""
stats in using (strcol("series") eq "bora" ? (tau = strcol("tau")) : 0, there = strstrt(there, strcol("series")) ? there : there." ".strcol("series"), 0) nooutput
eval size_axis
set logscale y
set ytics (5, 7, 10, 12, 15, 17, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 100, 120, 150, 200, 300, 500, 1000)
set ylabel "test perplexity"
methods = "independent unified bora"
array look[3] = [1, 3, 2]
array hue[3] = [red, green, blue]
array shape[3] = [9, 5, 7]
name(m) = m eq "bora" ? sprintf("BoRA (τ = %s, best on validation)", tau_name(tau)) : m
plot for [i = 1:3] in using (column("train_documents")):(of("point", word(methods, i), column("perplexity"))) \
         with points pointtype shape[i] pointsize 0.35 linecolor rgb pale(hue[i]) notitle, \
     for [i = 1:3] in using (column("train_documents")):(of("mean", word(methods, i), column("perplexity"))) \
         with linespoints linestyle look[i] title strstrt(there, word(methods, i)) ? name(word(methods, i)) : ""
