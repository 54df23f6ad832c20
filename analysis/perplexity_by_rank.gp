# perplexity_by_rank: test perplexity against rank, a line a tau, bars of the 95 % interval over seeds.
load here."/style.gp"
f = file("perplexity_by_rank")
set logscale x 2
set xlabel "rank r"
set ylabel "test perplexity"
set xtics (1, 2, 4, 8, 16, 32, 64, 128)
set autoscale xfix
set offsets graph 0.08, graph 0.08, graph 0.05, graph 0.05
taus = system("tail -n +2 '".f."' | cut -d, -f3 | uniq | tr '\n' ' '")
array colour[6] = [blue, orange, green, pink, yellow, black]
only(s, v) = strcol(3) eq s ? v : NaN
set key outside right title "τ"
plot for [i=1:words(taus)] f using ($4 * (1 + 0.015 * (i - 2))):(only(word(taus, i), $5)):6 skip 1 with yerrorlines \
     linewidth 1.8 dashtype i pointtype i + 3 pointsize 0.6 linecolor rgb colour[1 + (i - 1) % 6] title word(taus, i)
