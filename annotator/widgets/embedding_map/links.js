// Draws the tethers: one thin line per candidate pair, and finds the one under the pointer.

const LOOK_LIMIT = 2; // pixels that two ends must at least be apart to be hit as a line

/** A line that bows a little, so that crossing tethers can be told apart. */
export function bow(ax, ay, bx, by) {
  return [(ax + bx) / 2 - (by - ay) * 0.08, (ay + by) / 2 + (bx - ax) * 0.08];
}

/** A quadratic curve passes half-way between its chord's middle and its control point. */
export function middleOf(ax, ay, bx, by) {
  const [mx, my] = bow(ax, ay, bx, by);
  return [(ax + 2 * mx + bx) / 4, (ay + 2 * my + by) / 4];
}

export function trace(context, ax, ay, bx, by) {
  const [mx, my] = bow(ax, ay, bx, by);
  context.moveTo(ax, ay);
  context.quadraticCurveTo(mx, my, bx, by);
}

/** Widest gaps are drawn last, on top; one path per colour keeps 20,000 tethers quick. */
export function drawLinks(context, camera, xy, pairs, style) {
  const { lit, alpha } = style;
  if (!lit) return drawSome(context, camera, xy, pairs, style, alpha, null);
  drawSome(context, camera, xy, pairs, style, alpha * 0.2, (p) => !lit(p));
  return drawSome(context, camera, xy, pairs, style, Math.min(0.9, alpha * 1.4), lit);
}

function drawSome(context, camera, xy, pairs, { shown, bucketOf, palette, width }, alpha, which) {
  const paths = palette.map(() => null);
  for (let p = 0; p < shown; p++) {
    if (bucketOf[p] >= palette.length || (which && !which(p))) continue;
    const [i, j] = [pairs.first[p], pairs.second[p]];
    const [ax, ay] = camera.toScreen(xy[2 * i], xy[2 * i + 1]);
    const [bx, by] = camera.toScreen(xy[2 * j], xy[2 * j + 1]);
    if (outside(camera, ax, ay, bx, by)) continue;
    const path = (paths[bucketOf[p]] ??= new Path2D());
    if (shown > 5000) {
      path.moveTo(ax, ay);
      path.lineTo(bx, by);
    } else {
      trace(path, ax, ay, bx, by);
    }
  }
  context.lineWidth = width;
  context.lineCap = "round";
  context.globalAlpha = alpha;
  paths.forEach((path, bucket) => {
    if (!path) return;
    context.strokeStyle = palette[bucket];
    context.stroke(path);
  });
  context.globalAlpha = 1;
}

function outside({ width, height }, ax, ay, bx, by) {
  return (
    (ax < 0 && bx < 0) || (ay < 0 && by < 0) || (ax > width && bx > width) || (ay > height && by > height)
  );
}

/** Position of the shown pair whose tether passes within `reach` pixels of (px, py), or -1. */
export function linkAt(camera, xy, pairs, { shown, bucketOf, palette }, px, py, reach) {
  let best = -1;
  let least = reach;
  for (let p = 0; p < shown; p++) {
    if (bucketOf[p] >= palette.length) continue;
    const [i, j] = [pairs.first[p], pairs.second[p]];
    const [ax, ay] = camera.toScreen(xy[2 * i], xy[2 * i + 1]);
    const [bx, by] = camera.toScreen(xy[2 * j], xy[2 * j + 1]);
    if (Math.hypot(ax - bx, ay - by) < LOOK_LIMIT || outside(camera, ax, ay, bx, by)) continue;
    const distance = distanceToBow(px, py, ax, ay, bx, by);
    if (distance < least) [best, least] = [p, distance];
  }
  return best;
}

function distanceToBow(px, py, ax, ay, bx, by) {
  const [hx, hy] = middleOf(ax, ay, bx, by);
  return Math.min(toSegment(px, py, ax, ay, hx, hy), toSegment(px, py, hx, hy, bx, by));
}

function toSegment(px, py, ax, ay, bx, by) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
