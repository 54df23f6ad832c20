# documents: training documents a task, one point a seed.
ratio = 0.75
load here."/style.gp"
set key off
set xlabel "training documents"
set ylabel ""
set grid xtics noytics
stats file("documents") using 1 skip 1 nooutput
set yrange [STATS_max + 0.7 : -0.7]
set xrange [0 : *]
small = sprintf(",%g", font * 0.75)
set ytics font small
plot file("documents") using 4:1:ytic(2) skip 1 with points pointtype 7 pointsize 0.6 linecolor rgb blue
