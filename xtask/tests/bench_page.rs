// SPDX-License-Identifier: GPL-2.0-only
//! The page of a benchmark in a real browser, as on a phone and as on a desk:
//! the names are there, each plot has ink of each kernel, nothing is cut off.
//! Skipped where there is no chromium.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use xtask::report::bench::Report;
use xtask::report::html;

/// Taller than the page.
const HEIGHT: u32 = 12_000;

/// Pixels of a kernel's colour in a plot that is drawn at its own size, at least.
/// Its part of the legend has 32, a point some 40 more.
const INK: f64 = 40.0;

/// The width that plots are drawn for.
const OWN_WIDTH: f64 = 480.0;

/// What the browser made of the page.
#[derive(Deserialize)]
struct Seen {
    /// The page is wider than the screen.
    overflows: bool,
    height: f64,
    figures: Vec<Figure>,
}

#[derive(Deserialize)]
struct Figure {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    height: f64,
}

/// Run in a page that frames the real one, which itself has no script.
const LOOK: &str = "
    const page = document.querySelector('iframe').contentDocument;
    const root = page.documentElement;
    const texts = figure => [...figure.querySelectorAll('text')].map(text => ({
        text: text.textContent.trim(), height: text.getBoundingClientRect().height }));
    const figures = [...page.querySelectorAll('figure')].map(figure => {
        const box = figure.getBoundingClientRect();
        return { x: Math.ceil(box.x), y: Math.ceil(box.y), width: Math.floor(box.width),
                 height: Math.floor(box.height), texts: texts(figure) };
    });
    document.querySelector('output').textContent = JSON.stringify({
        overflows: root.scrollWidth > root.clientWidth, height: page.body.offsetHeight, figures });
";

#[test]
fn a_browser_shows_every_plot_with_its_names() {
    let Some(browser) = chromium() else {
        // Not a macro, whose words a test that passes keeps to itself.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no chromium on PATH to look at the page (apt-get install chromium)"
        );
        return;
    };
    let report = report();
    let page = html::page(&report).unwrap();
    let variants = variants(&report);
    let room = tempfile::tempdir().unwrap();
    for width in [390, 1280] {
        let framed = room.path().join(format!("{width}.html"));
        std::fs::write(&framed, frame(&page, width)).unwrap();
        let seen = look(&browser, room.path(), &framed);
        assert!(!seen.overflows, "wider than a screen of {width} pixels");
        assert!(seen.height < f64::from(HEIGHT));
        assert!(seen.figures.len() > 3);
        let image = screenshot(&browser, room.path(), &framed);
        for figure in &seen.figures {
            check_names(figure, &variants, width);
            check_ink(figure, &image, variants.len(), width);
        }
        let on_a_line = seen
            .figures
            .iter()
            .filter(|figure| figure.y == seen.figures[0].y)
            .count();
        assert_eq!(on_a_line > 1, width > 1000, "{on_a_line} plots on a line");
    }
}

fn check_names(figure: &Figure, variants: &[String], width: u32) {
    let title = &figure.texts.first().expect("a plot has a title").text;
    for variant in variants {
        assert!(
            figure.texts.iter().any(|text| text.text == *variant),
            "{title} does not name {variant}"
        );
    }
    for text in &figure.texts {
        assert!(
            text.height > 7.0,
            "{title}: {} is too small to read at {width}: {}",
            text.text,
            text.height
        );
    }
}

fn check_ink(figure: &Figure, image: &Image, variants: usize, width: u32) {
    let title = &figure.texts[0].text;
    let ink: Vec<usize> = html::colours()
        .take(variants)
        .map(|colour| image.count(figure, colour))
        .collect();
    let scale = f64::from(figure.width) / OWN_WIDTH;
    let enough = (INK * scale * scale) as usize;
    // Where kernels cost the same, one hides the other but for its legend.
    assert!(
        ink.iter().all(|&pixels| pixels >= 8) && ink.iter().any(|&pixels| pixels >= enough),
        "{title} at {width}: pixels of each kernel {ink:?}, wanted {enough}"
    );
}

/// The saved run, beside one of another kernel that does the same for less.
fn report() -> Report {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../qemu-images/baselines");
    let text = std::fs::read_to_string(root.join("7.3-quick.json")).unwrap();
    let mut report: Report = serde_json::from_str(&text).unwrap();
    report.cells.retain(|cell| cell.variant == "stock");
    let mut others = report.cells.clone();
    for cell in &mut others {
        cell.variant = "a-name-that-is-long".into();
        cell.median /= 3;
    }
    report.cells.extend(others);
    report
}

fn variants(report: &Report) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for cell in &report.cells {
        if !names.contains(&cell.variant) {
            names.push(cell.variant.clone());
        }
    }
    names
}

/// A browser's window has a least width, a frame in it has none.
fn frame(page: &str, width: u32) -> String {
    let inner = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<!doctype html><meta charset=utf-8><style>body{{margin:0}}iframe{{border:0;display:block}}</style>\
         <iframe width={width} height={HEIGHT} srcdoc=\"{inner}\"></iframe><output></output>\
         <script>onload = () => {{ {LOOK} }}</script>"
    )
}

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)))
        .find(|program| program.is_file())
}

fn headless(browser: &Path, room: &Path) -> Command {
    let mut command = Command::new(browser);
    command
        .args(["--headless", "--disable-gpu", "--hide-scrollbars"])
        .args(["--no-first-run", "--disable-extensions"])
        // The page is ours, and as root there is no other way.
        .args(["--no-sandbox", "--force-device-scale-factor=1"])
        .arg(format!("--window-size=1280,{HEIGHT}"))
        .arg(format!(
            "--user-data-dir={}",
            room.join("profile").display()
        ));
    command
}

fn look(browser: &Path, room: &Path, page: &Path) -> Seen {
    let output = headless(browser, room)
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let said = dom
        .split_once("<output>")
        .and_then(|(_, rest)| rest.split_once("</output>"))
        .map(|(said, _)| said.replace("&lt;", "<").replace("&gt;", ">"))
        .unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(&said.replace("&amp;", "&")).unwrap()
}

fn screenshot(browser: &Path, room: &Path, page: &Path) -> Image {
    let file = page.with_extension("png");
    let output = headless(browser, room)
        .arg(format!("--screenshot={}", file.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(
        file.is_file(),
        "no picture: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Image::read(&file)
}

struct Image {
    width: u32,
    channels: usize,
    bytes: Vec<u8>,
}

impl Image {
    fn read(file: &Path) -> Self {
        let mut decoder =
            png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap()));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        Self {
            width: info.width,
            channels: info.color_type.samples(),
            bytes,
        }
    }

    /// Pixels of just this colour in a figure.
    fn count(&self, figure: &Figure, colour: [u8; 3]) -> usize {
        let mut count = 0;
        for y in figure.y..figure.y + figure.height {
            for x in figure.x..(figure.x + figure.width).min(self.width) {
                let at = (y * self.width + x) as usize * self.channels;
                count += usize::from(self.bytes[at..at + 3] == colour);
            }
        }
        count
    }
}
