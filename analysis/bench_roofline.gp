# bench_roofline: products on one thread, GFLOP/s against FLOP a byte of their operands (each moved once), under the peak of multiply-adds and the
# bandwidth of memory. Operands that a cache holds may stand above the second.
load "style.gp"
peak = NaN; bandwidth = NaN
stats in using (strcol("layer") eq "roof" ? (peak = column("gflops"), bandwidth = column("bandwidth")) : 0) nooutput
libraries = "blis openblas bora"
array hue[3] = [orange, green, blue]
array shape[3] = [4, 8, 7]
array label[3] = ["BLIS", "OpenBLAS", "bora"]
set logscale xy
stats in using (layer("point", column("intensity"))) nooutput
set xrange [STATS_min / 2 : STATS_max * 1.3] # the slope shows too
set xtics (0.5, 1, 2, 5, 10, 20, 50, 100)
set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500)
set offsets 0, 0, 0, 0
set yrange [* : *]
set xlabel "FLOP a byte"
set ylabel "GFLOP/s"
set samples 400
roof(x) = bandwidth * x < peak ? bandwidth * x : peak
plot roof(x) with lines linewidth 2 linecolor rgb black title sprintf("roof: %.0f GFLOP/s, %.0f GB/s", peak, bandwidth), \
     for [i = 1:3] in using (column("intensity")):(layer("point", strcol("library") eq word(libraries, i) ? column("gflops") : NaN)) \
         with points pointtype shape[i] pointsize 0.7 linecolor rgb hue[i] title label[i]
