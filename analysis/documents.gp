# documents: training documents a task, the largest first; bars are means over seeds, dots what each seed gave.
set datafile separator comma
set datafile columnheaders
stats in using "order" nooutput
tasks = STATS_max + 1
stats in using "train_documents" nooutput
most = STATS_max
stats in using (strcol("layer") eq "task" ? column("most") - column("least") : 0) nooutput
same = STATS_max == 0 # in all seeds
ratio = (5 + 1.25 * tasks) * font / 28.35 / width # a line of text a task
load "style.gp"
set key off
set border 1
set grid xtics noytics
set offsets 0, 0, 0, 0
set xrange [0 : *]
set xtics round_step(most)
set yrange [tasks - 0.4 : -0.6]
set ytics scale 0 noenhanced
set xlabel same ? "training documents" : "training documents (dots: seeds)"
# The name by its column: strcol would cut a quoted one at its comma.
plot in using (layer("task", column("train_documents") / 2)):(column("order")):(layer("task", column("train_documents") / 2)):(0.35):ytic(2) \
         with boxxyerror linecolor rgb sky fillstyle solid 0.5 noborder, \
     in using (layer("seed", same ? NaN : column("train_documents"))):(column("order")) with points pointtype 7 pointsize 0.35 linecolor rgb blue
