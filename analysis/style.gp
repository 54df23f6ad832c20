# style.gp: what all figures share. Variables given with -e: data (a folder with <figure>.csv), out, width (cm), font (points), format.
# Okabe and Ito's colours, told apart by colour-blind readers; dashes and points differ too, so that grey print does.
if (!exists("width")) width = 14
if (!exists("font")) font = 10
if (!exists("format")) format = "pdf"
if (!exists("ratio")) ratio = 0.62
if (format eq "pdf") set terminal pdfcairo size width cm, width*ratio cm font sprintf("DejaVu Sans,%g", font) linewidth 1.2 rounded
if (format eq "svg") set terminal svg size width*37.8, width*ratio*37.8 font sprintf("DejaVu Sans,%g", font*1.33) background "white" dynamic rounded
set output out
set datafile separator comma
set encoding utf8
set border 3 linecolor rgb "#444444"
set tics nomirror out scale 0.6 textcolor rgb "#222222"
set grid ytics linecolor rgb "#dddddd" linewidth 0.6
set key top right samplen 2 spacing 1.1
blue = "#0072B2"; orange = "#D55E00"; green = "#009E73"; pink = "#CC79A7"; yellow = "#E69F00"; sky = "#56B4E9"; grey = "#999999"; black = "#000000"
# independent, BoRA, unified: the same look everywhere
set style line 1 linecolor rgb orange linewidth 2 dashtype 2 pointtype 6 pointsize 0.5
set style line 2 linecolor rgb blue   linewidth 2.4 dashtype 1 pointtype 7 pointsize 0.5
set style line 3 linecolor rgb green  linewidth 2 dashtype 4 pointtype 4 pointsize 0.5
file(name) = data."/".name.".csv"
