# gain_by_size: relative improvement of BoRA against training size, from both limits, with least-squares lines on ln N.
load here."/style.gp"
f = file("gain_by_size")
g = file("gain_by_size_fit")
tau = system("awk -F, 'NR==2 {print $NF}' '".f."'")
set logscale x
set xtics (10, 20, 50, 100, 150, 200, 300, 400, 500, 1000, 2000, 5000, 10000)
set autoscale xfix
set offsets graph 0.03, graph 0.03, 0, 0
set xlabel "training documents of the task"
set ylabel "improvement in perplexity (%)"
set xzeroaxis linetype 1 linecolor rgb "#888888"
set key outside top center horizontal title sprintf("BoRA at τ = %s (chosen on validation), against", tau) left
only(s, v) = strcol(1) eq s ? v : NaN
plot f using 4:(only("independent", $5)) skip 1 with points pointtype 6 pointsize 0.4 linecolor rgb orange notitle, \
     f using 4:(only("unified", $5)) skip 1 with points pointtype 4 pointsize 0.4 linecolor rgb green notitle, \
     g using 2:(only("independent", $3)) skip 1 with lines linestyle 1 title "independent", \
     g using 2:(only("unified", $3)) skip 1 with lines linestyle 3 title "unified"
