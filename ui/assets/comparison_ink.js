// Drawings as ink on a canvas: laid, coloured, laid over each other. Lengths without a unit are
// shares of the query picture's longer side.
const QUERY_INK = "#0b5fa5";
const DESIGN_INK = "#c8500a";
const BOTH_INK = "#1c1b19";
const SHARED_INK = "#bdb8ad";
const LARGEST_PX = 1600;
const MARGIN = 0.05;

function blankCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
}

function loadPicture(view) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => {
      if (image.src.endsWith(view.src)) reject(new Error(`no picture of ${view.name}`));
      else image.src = view.src;
    };
    image.src = view.full_src;
  });
}

// The picture turned and mirrored as `way` says, its darkness as opacity, with the box of its ink.
function inkOf(image, way) {
  const zoom = Math.min(1, LARGEST_PX / Math.max(image.naturalWidth, image.naturalHeight));
  const [width, height] = [image.naturalWidth * zoom, image.naturalHeight * zoom];
  const onSide = way ? way.n_quarter_turns % 2 : 0;
  const canvas = blankCanvas(onSide ? height : width, onSide ? width : height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.translate(canvas.width / 2, canvas.height / 2);
  if (way) pen.rotate((-Math.PI / 2) * way.n_quarter_turns);
  if (way && way.is_mirrored) pen.scale(-1, 1);
  pen.drawImage(image, -width / 2, -height / 2, width, height);
  return { canvas, box: inkBox(canvas, pen), longer: Math.max(canvas.width, canvas.height) };
}

function inkBox(canvas, pen) {
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = pixels;
  const box = { left: canvas.width, top: canvas.height, right: 0, bottom: 0 };
  for (let place = 0, i = 0; place < data.length; place += 4, i += 1) {
    const ink = 255 - (data[place] * 0.3 + data[place + 1] * 0.59 + data[place + 2] * 0.11);
    data[place + 3] = ink;
    if (ink < 64) continue;
    const x = i % canvas.width;
    const y = (i - x) / canvas.width;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  }
  pen.putImageData(pixels, 0, 0);
  return box.right ? box : { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
}

// Where an ink's picture lies: its corner, and the length of its longer side.
const placed = (ink, way) => (way ? { left: way.left, top: way.top, scale: way.scale } : { left: 0, top: 0, scale: 1 });

// The part of the plane that shows all ink of the drawings given.
function frameAround(inks) {
  const edges = inks.map(({ ink, place }) => ({
    left: place.left + (ink.box.left / ink.longer) * place.scale,
    top: place.top + (ink.box.top / ink.longer) * place.scale,
    right: place.left + (ink.box.right / ink.longer) * place.scale,
    bottom: place.top + (ink.box.bottom / ink.longer) * place.scale,
  }));
  const left = Math.min(...edges.map((edge) => edge.left));
  const top = Math.min(...edges.map((edge) => edge.top));
  const width = Math.max(...edges.map((edge) => edge.right)) - left;
  const height = Math.max(...edges.map((edge) => edge.bottom)) - top;
  const margin = MARGIN * Math.max(width, height);
  return { left: left - margin, top: top - margin, width: width + 2 * margin, height: height + 2 * margin };
}

// One drawing in one colour on a sheet of its own, as large as the canvas it will be laid on.
function layer(target, frame, look, { ink, place }, colour) {
  const sheet = blankCanvas(target.width, target.height);
  const pen = sheet.getContext("2d");
  pen.imageSmoothingQuality = "high";
  const fit = Math.min(target.width / frame.width, target.height / frame.height) * look.zoom;
  const left = target.width * (0.5 + look.x) + (place.left - frame.left - frame.width / 2) * fit;
  const top = target.height * (0.5 + look.y) + (place.top - frame.top - frame.height / 2) * fit;
  const zoom = (place.scale * fit) / ink.longer;
  // Twice: a hairline that is scaled down stays visible.
  for (let n = 0; n < 2; n += 1) pen.drawImage(ink.canvas, left, top, ink.canvas.width * zoom, ink.canvas.height * zoom);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = colour;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  return sheet;
}

// A sheet's ink grown by some pixels on every side.
function grown(sheet, radius) {
  const wide = blankCanvas(sheet.width, sheet.height);
  const pen = wide.getContext("2d");
  for (const reach of [0, radius / 2, radius]) {
    const steps = reach ? 16 : 1;
    for (let step = 0; step < steps; step += 1) {
      const angle = (2 * Math.PI * step) / steps;
      pen.drawImage(sheet, reach * Math.cos(angle), reach * Math.sin(angle));
    }
  }
  pen.drawImage(wide, 0, 0);
  return wide;
}

function cut(sheet, mask, operation) {
  const left = blankCanvas(sheet.width, sheet.height);
  const pen = left.getContext("2d");
  pen.drawImage(sheet, 0, 0);
  pen.globalCompositeOperation = operation;
  pen.drawImage(mask, 0, 0);
  return left;
}

function onPaper(target, sheets, operation) {
  const pen = target.getContext("2d");
  pen.globalCompositeOperation = "source-over";
  pen.globalAlpha = 1;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, target.width, target.height);
  pen.globalCompositeOperation = operation;
  for (const [sheet, opacity] of sheets) {
    pen.globalAlpha = opacity;
    pen.drawImage(sheet, 0, 0);
  }
}

// `fade` 0 shows the query alone, 1 the design alone, a half both in full.
function drawOverlay(target, frame, look, query, design, fade) {
  onPaper(target, [
    [layer(target, frame, look, query, QUERY_INK), Math.min(1, 2 - 2 * fade)],
    [layer(target, frame, look, design, DESIGN_INK), Math.min(1, 2 * fade)],
  ], "multiply");
}

// `tolerance` is a share of the canvas's longer side: lines closer than this are shared.
function drawDifference(target, frame, look, query, design, tolerance) {
  const radius = tolerance * Math.max(target.width, target.height) * look.zoom;
  const [one, other] = [layer(target, frame, look, query, QUERY_INK), layer(target, frame, look, design, DESIGN_INK)];
  const [oneWide, otherWide] = [grown(one, radius), grown(other, radius)];
  const shared = cut(layer(target, frame, look, query, SHARED_INK), otherWide, "destination-in");
  const also = cut(layer(target, frame, look, design, SHARED_INK), oneWide, "destination-in");
  onPaper(target, [
    [shared, 1], [also, 1],
    [cut(one, otherWide, "destination-out"), 1], [cut(other, oneWide, "destination-out"), 1],
  ], "source-over");
}

function drawAlone(target, frame, look, drawing, colour) {
  onPaper(target, [[layer(target, frame, look, drawing, colour), 1]], "source-over");
}
