// Draws the images as dots: discs blended into one ImageData, fast enough for 100,000 a frame.

const HALO = 1.4; // CSS pixels of rim around what is picked out
const LISTED = 450; // with more images in view than this nobody asks which they are

/** A disc of `radius` device pixels: where its pixels lie (bytes from the middle), how opaque. */
function discStamp(radius, alpha, width) {
  const reach = Math.ceil(radius + 0.5);
  const [steps, cover] = [[], []];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const inside = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
      const opacity = Math.round(256 * alpha * inside);
      if (!opacity) continue;
      steps.push(4 * (y * width + x));
      cover.push(opacity);
    }
  }
  return { reach, steps: Int32Array.from(steps), cover: Uint16Array.from(cover) };
}

/** Dot size in CSS pixels: smaller where there are many, growing slowly with the zoom. */
export function dotRadius(n, zoom) {
  const base = n <= 500 ? 3.4 : Math.max(1, 3.4 - 0.46 * Math.log2(n / 500));
  return Math.min(6, base * Math.max(1, zoom) ** 0.3);
}

/** The layers of a look, back to front: [{to, radius, alpha, halo}]; `halo` is a colour or null. */
export function layersOf({ ends, dense, lit }, n, radius, rim) {
  const many = n > 20000;
  const bold = dense ? radius : Math.max(radius * 1.25, 1.6);
  const blended = many ? 0.64 : 0.8;
  if (lit) {
    return [
      { to: ends.faded, radius, alpha: many ? 0.16 : 0.22, halo: null },
      { to: ends.plain, radius, alpha: blended, halo: rim },
      { to: n, radius: bold, alpha: dense ? blended : 0.95, halo: rim },
    ];
  }
  const plain = dense || ends.plain === n ? 0.8 : 0.42; // behind what has a colour
  return [
    { to: ends.plain, radius, alpha: many ? plain * 0.8 : plain, halo: null },
    { to: n, radius: bold, alpha: dense ? blended : 0.95, halo: null },
  ];
}

/**
 * Paints the dots; returns how many are in view, and which ones if they are few enough to be listed
 * (in drawing order).
 * style: ground [r, g, b], palette (3 bytes per code), codes and order per image, layers.
 */
export function drawPoints(surface, camera, ratio, xy, style) {
  const { bytes: data } = surface;
  const { width, height } = surface.image;
  const [r, g, b] = style.ground;
  surface.words.fill((255 << 24) | (b << 16) | (g << 8) | r);
  const found = { count: 0, listed: [] };
  const view = { data, width, height, scale: camera.scale * ratio, camera, xy, style, found };
  let from = 0;
  for (const { to, radius, alpha, halo } of style.layers) {
    if (halo) {
      paint(view, from, to, discStamp((radius + HALO) * ratio, 1, width), halo);
      paint(view, from, to, discStamp((radius + HALO / 3) * ratio, 1, width), style.ground);
    }
    paint(view, from, to, discStamp(radius * ratio, alpha, width), null);
    from = to;
  }
  surface.context.putImageData(surface.image, 0, 0);
  return { count: found.count, listed: found.count <= LISTED ? found.listed : null };
}

/** What `drawPoints` paints into, kept from frame to frame. */
export function surfaceOf(canvas) {
  const context = canvas.getContext("2d", { alpha: false });
  const image = context.createImageData(canvas.width, canvas.height);
  const { buffer } = image.data;
  return { context, image, bytes: new Uint8Array(buffer), words: new Uint32Array(buffer) };
}

/** Dots order[from] to order[to - 1], in their own colours and counted, or all in `colour`. */
function paint({ data, width, height, scale, camera, xy, style, found }, from, to, stamp, colour) {
  const [x0, y0] = [width / 2 - camera.x * scale, height / 2 + camera.y * scale];
  const { reach, steps, cover } = stamp;
  const { order, codes, palette } = style;
  let [r, g, b] = colour ?? [0, 0, 0];
  for (let k = from; k < to; k++) {
    const i = order[k];
    const px = Math.round(xy[2 * i] * scale + x0);
    const py = Math.round(y0 - xy[2 * i + 1] * scale);
    if (px < reach || py < reach || px >= width - reach || py >= height - reach) continue;
    if (!colour) {
      const at = 3 * codes[i];
      r = palette[at];
      g = palette[at + 1];
      b = palette[at + 2];
      if (found.count++ < LISTED) found.listed.push(i);
    }
    const middle = 4 * (py * width + px);
    for (let c = 0; c < steps.length; c++) {
      const o = middle + steps[c];
      const a = cover[c];
      data[o] += ((r - data[o]) * a) >> 8;
      data[o + 1] += ((g - data[o + 1]) * a) >> 8;
      data[o + 2] += ((b - data[o + 2]) * a) >> 8;
    }
  }
}
