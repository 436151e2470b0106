//! The plot: time of a decision against the number of statements, both in powers of ten.
//!
//! Drawn without a background and in colours of middle lightness, so that it can be read on a light and on a dark page.

use plotters::coord::Shift;
use plotters::coord::combinators::{BindKeyPoints, IntoLogRange, LogCoord, WithKeyPoints};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::arguments::Case;
use crate::engine::ENGINES;
use crate::report::grouped;
use crate::run::Run;

/// The plot of all flat workloads, as SVG.
pub(crate) fn draw(runs: &[Run]) -> String {
    let mut svg = String::new();
    {
        let curves = curves(runs);
        let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        let (left, right) = root.split_horizontally(WIDTH - LEGEND_WIDTH);
        draw_curves(&left, &curves)
            .and_then(|()| draw_legend(&right, &curves))
            .and_then(|()| root.present())
            .expect("a string takes any drawing");
    }
    svg
}

/// One engine, or the floor.
#[derive(Debug)]
struct Curve {
    name: &'static str,
    /// Statements and nanoseconds.
    points: Vec<(f64, f64)>,
    look: Look,
}

/// How a curve is told from the others.
#[derive(Debug, Clone, Copy)]
struct Look {
    colour: RGBColor,
    line_width: u32,
    is_dashed: bool,
    marker: Marker,
}

#[derive(Debug, Clone, Copy)]
enum Marker {
    Circle,
    Triangle,
    Cross,
}

/// In the order of [`ENGINES`]: a colour for each peer, dashes for what is indexed or sliced by hand.
const LOOKS: [Look; ENGINES.len()] = [
    Look { line_width: 4, ..look(RGBColor(224, 82, 20), Marker::Circle) },
    look(RGBColor(46, 128, 242), Marker::Circle),
    look(RGBColor(180, 120, 250), Marker::Triangle),
    look(RGBColor(130, 80, 223), Marker::Circle),
    Look { is_dashed: true, ..look(RGBColor(130, 80, 223), Marker::Circle) },
    look(RGBColor(38, 160, 90), Marker::Cross),
    look(RGBColor(200, 140, 10), Marker::Triangle),
    look(RGBColor(214, 60, 130), Marker::Circle),
    Look { is_dashed: true, ..look(RGBColor(214, 60, 130), Marker::Circle) },
];

const FLOOR_LOOK: Look = Look { is_dashed: true, ..look(GREY, Marker::Cross) };

const fn look(colour: RGBColor, marker: Marker) -> Look {
    Look { colour, line_width: 2, is_dashed: false, marker }
}

/// The highest first, as the lines end on the right.
fn curves(runs: &[Run]) -> Vec<Curve> {
    let flat: Vec<&Run> = runs.iter().filter(|run| matches!(run.case, Case::Flat { .. })).collect();
    let points = |ns: &dyn Fn(&Run) -> Option<f64>| -> Vec<(f64, f64)> {
        flat.iter().filter_map(|run| Some((run.statement_count as f64, ns(run)?))).collect()
    };
    let engine = |(at, look): (usize, Look)| Curve {
        name: ENGINES[at].name,
        points: points(&|run| Some(run.outcomes[at].figures()?.decision.median)),
        look,
    };
    let mut curves: Vec<Curve> = LOOKS.into_iter().enumerate().map(engine).collect();
    curves.push(Curve { name: "floor", points: points(&|run| Some(run.floor.median)), look: FLOOR_LOOK });
    // Lines end at different sizes; the time for one statement says which would be above.
    let height = |curve: &Curve| curve.points.last().map_or(0.0, |(count, ns)| ns / count);
    curves.sort_by(|a, b| height(b).total_cmp(&height(a)));
    curves
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn draw_curves<'a>(area: &Area<'a>, curves: &[Curve]) -> Drawn<'a> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (counts, times) = (decades(points().map(|point| point.0)), decades(points().map(|point| point.1)));
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .x_label_area_size(52)
        .y_label_area_size(76)
        .build_cartesian_2d(axis(counts), axis(times))?;
    chart
        .configure_mesh()
        .axis_style(GREY.mix(0.6))
        .bold_line_style(GREY.mix(0.25))
        .light_line_style(TRANSPARENT)
        .label_style(text(15))
        .axis_desc_style(text(16))
        .x_desc("statements that apply to the caller")
        .y_desc("time of one decision")
        .x_label_formatter(&|count| grouped(count.round() as usize))
        .y_label_formatter(&|ns| whole_time(*ns))
        .draw()?;
    // The slowest are drawn first, so that ibc lies on top.
    for Curve { points, look, .. } in curves {
        let points = || points.iter().copied();
        if look.is_dashed {
            chart.draw_series(DashedLineSeries::new(points(), 7, 5, look.stroke()))?;
        } else {
            chart.draw_series(LineSeries::new(points(), look.stroke()))?;
        }
        chart.draw_series(points().map(|point| look.mark(point)))?;
    }
    Ok(())
}

fn draw_legend<'a>(area: &Area<'a>, curves: &[Curve]) -> Drawn<'a> {
    for (place, Curve { name, look, .. }) in curves.iter().enumerate() {
        let y = LEGEND_TOP + LEGEND_STEP * place as i32;
        let [from, to] = [(0, y), (LEGEND_LINE, y)];
        if look.is_dashed {
            let dashes =
                (0..=LEGEND_LINE).step_by(12).map(|x| PathElement::new([(x, y), ((x + 7).min(LEGEND_LINE), y)], look.stroke()));
            dashes.into_iter().try_for_each(|dash| area.draw(&dash))?;
        } else {
            area.draw(&PathElement::new([from, to], look.stroke()))?;
        }
        area.draw(&look.mark((LEGEND_LINE / 2, y)))?;
        let beside = text(15).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(*name, (LEGEND_LINE + 8, y), beside))?;
    }
    Ok(())
}

impl Look {
    fn stroke(self) -> ShapeStyle {
        self.colour.stroke_width(self.line_width)
    }

    fn mark<'a, C: Clone + 'static>(self, at: C) -> DynElement<'static, SVGBackend<'a>, C> {
        let (size, filled) = (3 + self.line_width / 2, self.colour.filled());
        match self.marker {
            Marker::Circle => Circle::new(at, size, filled).into_dyn(),
            Marker::Triangle => TriangleMarker::new(at, size + 1, filled).into_dyn(),
            Marker::Cross => Cross::new(at, size, self.stroke()).into_dyn(),
        }
    }
}

/// The powers of ten around all values.
fn decades(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let exponents = values.map(f64::log10);
    let first = exponents.clone().fold(f64::INFINITY, f64::min).floor();
    let last = exponents.fold(f64::NEG_INFINITY, f64::max).ceil();
    (first as i32..=last as i32).map(|exponent| 10_f64.powi(exponent)).collect()
}

/// A logarithmic axis with these powers of ten as marks.
fn axis(decades: Vec<f64>) -> WithKeyPoints<LogCoord<f64>> {
    let [first, .., last] = decades[..] else { panic!("an axis spans more than one power of ten") };
    (first..last).log_scale().with_key_points(decades)
}

/// A power of ten of nanoseconds.
fn whole_time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 999.0 => (ns, "ns"),
        ns if ns < 999e3 => (ns / 1e3, "µs"),
        ns if ns < 999e6 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{value:.0} {unit}")
}

fn text(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).with_color(GREY).into_text_style(&(WIDTH, HEIGHT))
}

const GREY: RGBColor = RGBColor(125, 133, 144);
const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 560;
const LEGEND_WIDTH: u32 = 230;
const LEGEND_TOP: i32 = 40;
const LEGEND_STEP: i32 = 30;
const LEGEND_LINE: i32 = 36;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::example_runs;

    #[test]
    fn every_engine_is_in_the_plot() {
        let svg = draw(&example_runs());
        let names = ENGINES.iter().map(|entry| entry.name).chain(["floor", "10,000", "10 µs", "time of one decision"]);
        for name in names {
            assert!(svg.lines().any(|line| line.trim() == name), "{name}");
        }
    }
}
