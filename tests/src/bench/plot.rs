//! The plot: what has a goal beside its goal, and the times with slow chips.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{
    BLACK, DrawingArea, IntoDrawingArea, IntoFont, PathElement, RGBColor, Rectangle, SVGBackend,
    ShapeStyle, Text, TextStyle, WHITE,
};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::report::{Report, shown};
use super::row::{Goal, Row};

/// In pixels: the picture, and where its bars begin and may end.
const WIDTH: u32 = 1180;
const BARS: (i32, i32) = (470, 960);
const LINE: i32 = 22;
const BAR: i32 = 14;
const TITLE: i32 = 44;
const FOOT: i32 = 20;

const WITHIN: RGBColor = RGBColor(46, 125, 80);
const MISSED: RGBColor = RGBColor(190, 60, 50);
const CHIP: RGBColor = RGBColor(150, 155, 165);
const OURS: RGBColor = RGBColor(60, 100, 170);

/// Bars that are longer than so many times the goal end there.
const LONGEST: f64 = 2.5;

/// Every ms of a slow chip that is shown, in one bar.
const SLOW: &str = "slow.";

type Picture<'p> = DrawingArea<SVGBackend<'p>, Shift>;

/// Draws `report` into the file `path`.
///
/// # Errors
///
/// It cannot be written.
pub fn write(report: &Report, path: &Path) -> Result<(), Box<dyn Error>> {
    let goals: Vec<_> = report.rows.iter().filter_map(part_of_goal).collect();
    let slow: Vec<_> = report
        .rows
        .iter()
        .filter(|row| row.id.starts_with(SLOW))
        .collect();
    let lines = i32::try_from(goals.len() + 2 * slow.len())?;
    let height = u32::try_from(LINE * lines + 2 * TITLE + FOOT + LINE)?;
    let picture = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    picture.fill(&WHITE)?;
    let top = draw_goals(&picture, &goals)?;
    draw_slow_chips(&picture, &slow, top)?;
    let machine = &report.machine;
    let foot = format!(
        "{} UTC, {} x {}, {} build, commit {}",
        machine.date, machine.processors, machine.processor, machine.build, machine.commit
    );
    write_text(
        &picture,
        &foot,
        (10, i32::try_from(height)? - FOOT),
        12,
        HPos::Left,
    )?;
    picture.present()?;
    Ok(())
}

/// A row that has a goal, and how much of it is used up: 1 is as much as may be.
fn part_of_goal(row: &Row) -> Option<(&Row, f64)> {
    let value = row.figure.as_ref()?.value;
    let part = match row.goal? {
        Goal::AtMost(bound) => value / bound,
        Goal::AtLeast(bound) => bound / value,
    };
    (!part.is_nan()).then_some((row, part.max(0.0)))
}

fn draw_goals(picture: &Picture<'_>, goals: &[(&Row, f64)]) -> Result<i32, Box<dyn Error>> {
    write_text(
        picture,
        "Figures beside their goals (the line; left of it is within)",
        (10, 14),
        17,
        HPos::Left,
    )?;
    let lines = (TITLE..).step_by(usize::try_from(LINE)?);
    for (top, (_, part)) in lines.clone().zip(goals) {
        let color = if *part <= 1.0 { WITHIN } else { MISSED };
        draw_bar(picture, top, part.min(LONGEST) / LONGEST, color)?;
    }
    let end = TITLE + LINE * i32::try_from(goals.len())?;
    let x = place(1.0 / LONGEST);
    let style = ShapeStyle {
        color: BLACK.to_rgba(),
        filled: false,
        stroke_width: 2,
    };
    picture.draw(&PathElement::new(vec![(x, TITLE - 6), (x, end)], style))?;
    for (top, (row, part)) in lines.zip(goals) {
        let beside = part.clamp(1.0, LONGEST) / LONGEST;
        label_bar(picture, top, &row.what, beside, &figure_and_goal(row))?;
    }
    Ok(end)
}

fn figure_and_goal(row: &Row) -> String {
    let figure = row.figure.as_ref();
    let figure = figure.map_or_else(String::new, |figure| {
        format!("{} {}", shown(figure.value), figure.unit)
    });
    match row.goal {
        Some(Goal::AtMost(bound)) => format!("{figure}, at most {bound}"),
        Some(Goal::AtLeast(bound)) => format!("{figure}, at least {bound}"),
        None => figure,
    }
}

fn draw_slow_chips(picture: &Picture<'_>, rows: &[&Row], top: i32) -> Result<(), Box<dyn Error>> {
    let title = "A signature with the speed of real chips, ms: \
                 TPM2_Sign alone (grey), the whole request (blue)";
    write_text(picture, title, (10, top + LINE), 17, HPos::Left)?;
    let times = rows
        .iter()
        .filter_map(|row| row.ours)
        .map(|times| times.median_ms);
    let longest = times.fold(1.0, f64::max);
    let mut top = top + LINE + TITLE;
    for row in rows {
        for (times, label, color) in [(row.floor, row.what.as_str(), CHIP), (row.ours, "", OURS)] {
            let Some(times) = times else { continue };
            let part = times.median_ms / longest;
            draw_bar(picture, top, part, color)?;
            label_bar(picture, top, label, part, &shown(times.median_ms))?;
            top += if color == CHIP { BAR } else { 2 * LINE - BAR };
        }
    }
    Ok(())
}

/// A bar of this part of the whole length.
fn draw_bar(
    picture: &Picture<'_>,
    top: i32,
    part: f64,
    color: RGBColor,
) -> Result<(), Box<dyn Error>> {
    let corners = [(BARS.0, top), (place(part), top + BAR)];
    picture.draw(&Rectangle::new(corners, color.filled()))?;
    Ok(())
}

/// What stands before a bar, and after one of this part of the whole length.
fn label_bar(
    picture: &Picture<'_>,
    top: i32,
    label: &str,
    part: f64,
    value: &str,
) -> Result<(), Box<dyn Error>> {
    write_text(picture, label, (BARS.0 - 10, top + 1), 13, HPos::Right)?;
    write_text(picture, value, (place(part) + 8, top + 1), 12, HPos::Left)
}

/// Where a bar of this part of the whole length ends.
fn place(part: f64) -> i32 {
    let length = f64::from(BARS.1 - BARS.0) * part.clamp(0.0, 1.0);
    // At most the width of the picture.
    #[expect(clippy::cast_possible_truncation, reason = "it is within the picture")]
    let length = length.round() as i32;
    BARS.0 + length
}

fn write_text(
    picture: &Picture<'_>,
    text: &str,
    place: (i32, i32),
    size: i32,
    anchor: HPos,
) -> Result<(), Box<dyn Error>> {
    let style = TextStyle::from(("sans-serif", size).into_font());
    let style = style.pos(Pos::new(anchor, VPos::Top));
    picture.draw(&Text::new(text.to_owned(), place, style))?;
    Ok(())
}
