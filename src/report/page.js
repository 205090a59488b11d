// Meshes that turn, and tables that sort and grow. Without WebGL still images remain; without this script a table's first rows.
'use strict';
(() => {
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
const topologies = JSON.parse(document.getElementById('faces')?.textContent ?? '[]').map(text => new Uint16Array(bytes(text)));
const SHADERS = [`
attribute vec3 position, normal; uniform mat3 turn; uniform float zoom, distance; varying vec3 n;
void main() {
  vec3 p = turn * position; n = turn * normal;
  float depth = distance - p.z;
  gl_Position = vec4(3.4 * zoom * p.xy, .5 * depth - 1., depth);
}`, `
precision mediump float; varying vec3 n; uniform vec3 colour;
void main() {
  vec3 m = normalize(n) * (gl_FrontFacing ? 1. : -1.);
  float light = min(.4 + .63 * max(dot(m, vec3(.2, .3, .933)), 0.), 1.);   // the full colour where a surface faces the light
  gl_FragColor = vec4(colour * light * (gl_FrontFacing ? 1. : .6), 1.);
}`];
const COLOURS = JSON.parse(document.getElementById('colours')?.textContent ?? '{}');   // sRGB
const SIZE = 300, DISTANCE = 4;   // of a view that is not laid out, px; of the viewer

// One WebGL context for the page, as browsers allow few; each figure copies what it needs.
let shared;
function context() {
  if (shared !== undefined) return shared;
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl', {antialias: true, preserveDrawingBuffer: true, alpha: true, premultipliedAlpha: true});
  if (!gl) return shared = null;
  const program = gl.createProgram();
  SHADERS.forEach((text, i) => {
    const shader = gl.createShader(i ? gl.FRAGMENT_SHADER : gl.VERTEX_SHADER);
    gl.shaderSource(shader, text); gl.compileShader(shader); gl.attachShader(program, shader);
  });
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return shared = null;
  gl.useProgram(program); gl.enable(gl.DEPTH_TEST);
  const uniform = name => gl.getUniformLocation(program, name);
  const attribute = name => { const at = gl.getAttribLocation(program, name); gl.enableVertexAttribArray(at); return at; };
  return shared = {canvas, gl, turn: uniform('turn'), zoom: uniform('zoom'), distance: uniform('distance'),
                   colour: uniform('colour'), position: attribute('position'), normal: attribute('normal')};
}

function normals(p, faces) {
  const n = new Float32Array(p.length);
  for (let f = 0; f < faces.length; f += 3) {
    const [a, b, c] = [0, 1, 2].map(i => 3 * faces[f + i]);
    const u = [0, 1, 2].map(i => p[b + i] - p[a + i]), v = [0, 1, 2].map(i => p[c + i] - p[a + i]);
    for (let i = 0; i < 3; ++i) {
      const x = u[(i + 1) % 3] * v[(i + 2) % 3] - u[(i + 2) % 3] * v[(i + 1) % 3];
      n[a + i] += x; n[b + i] += x; n[c + i] += x;
    }
  }
  return n;
}

// Vertices are 16-bit numbers about the view's centre.
function decoded({vertices, faces: list}) {
  const raw = new Int16Array(bytes(vertices)), position = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; ++i) position[i] = raw[i] / 32767 * (i % 3 ? -1 : 1);   // to y up, z towards the viewer
  return {position, normal: normals(position, topologies[list]), faces: topologies[list]};
}

function buffers(gl, {position, normal, faces}) {
  const make = (target, data) => {
    const buffer = gl.createBuffer();
    gl.bindBuffer(target, buffer); gl.bufferData(target, data, gl.STATIC_DRAW);
    return buffer;
  };
  return {position: make(gl.ARRAY_BUFFER, position), normal: make(gl.ARRAY_BUFFER, normal),
          faces: make(gl.ELEMENT_ARRAY_BUFFER, faces)};
}

function draw(figure) {
  if (!figure.views) return;   // out of view
  const {canvas, views, state} = figure, pixels = Math.round((canvas.clientHeight || SIZE) * Math.min(devicePixelRatio || 1, 2));
  const c = context(), gl = c.gl, paper = canvas.getContext('2d');
  if (canvas.height !== pixels) { canvas.width = pixels * views.length; canvas.height = pixels; }
  if (c.canvas.height !== pixels) c.canvas.width = c.canvas.height = pixels;
  const [sy, cy, sp, cp] = [Math.sin(state.yaw), Math.cos(state.yaw), Math.sin(state.pitch), Math.cos(state.pitch)];
  gl.viewport(0, 0, pixels, pixels);
  gl.uniformMatrix3fv(c.turn, false, [cy, sp * sy, -cp * sy, 0, cp, sp, sy, -sp * cy, cp * cy]);
  gl.uniform1f(c.zoom, state.zoom); gl.uniform1f(c.distance, DISTANCE);
  paper.clearRect(0, 0, canvas.width, canvas.height);
  views.forEach((view, i) => {
    gl.clearColor(0, 0, 0, 0); gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    for (const hand of view.frames[Math.min(state.frame, view.frames.length - 1)]) {
      const b = hand.buffers ??= buffers(gl, decoded(hand));
      for (const name of ['position', 'normal']) {
        gl.bindBuffer(gl.ARRAY_BUFFER, b[name]); gl.vertexAttribPointer(c[name], 3, gl.FLOAT, false, 0, 0);
      }
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, b.faces);
      gl.uniform3fv(c.colour, COLOURS[hand.side] ?? [.7, .7, .7]);
      gl.drawElements(gl.TRIANGLES, topologies[hand.faces].length, gl.UNSIGNED_SHORT, 0);
    }
    paper.drawImage(c.canvas, i * pixels, 0);
  });
}

// Steps through the frames of a figure, all its views together; nothing if there is only one.
function slider(figure, redraw) {
  const longest = figure.views.reduce((a, b) => b.frames.length > a.frames.length ? b : a), count = longest.frames.length;
  if (count < 2) return [];
  const label = document.createElement('label'), input = document.createElement('input'), shown = document.createElement('output');
  Object.assign(input, {type: 'range', min: 1, max: count, step: 1, value: 1, autocomplete: 'off'});
  const show = () => {
    figure.state.frame = input.value - 1;
    shown.textContent = input.value + ' of ' + count;
    input.setAttribute('aria-valuetext', shown.textContent);
    redraw();
  };
  input.addEventListener('input', show);
  label.append(longest.title, input, shown); show();
  return [label];
}

// The views of a figure: [{title, frames: [[{side, vertices, faces}]]}]. A frame is decoded when it is first drawn.
const views_of = element => JSON.parse(element.querySelector('script').textContent).views;

// Adds the canvas and the controls of a figure.
function controls(element) {
  const views = views_of(element), canvas = document.createElement('canvas'), box = document.createElement('div');
  const figure = {canvas, views, state: {yaw: 0, pitch: 0, zoom: 1, frame: 0}};
  const redraw = () => requestAnimationFrame(() => draw(figure));
  const turn = (yaw, pitch) => {
    figure.state.yaw += yaw; figure.state.pitch = Math.max(-1.5, Math.min(1.5, figure.state.pitch + pitch));
    redraw();
  };
  const zoom = factor => { figure.state.zoom = Math.max(.3, Math.min(8, figure.state.zoom * factor)); redraw(); };
  const reset = () => { Object.assign(figure.state, {yaw: 0, pitch: 0, zoom: 1}); redraw(); };
  box.className = 'turn'; box.style.setProperty('--aspect', views.length); canvas.tabIndex = 0;
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-label', 'both hands in 3D: drag or arrow keys turn, wheel or plus and minus zoom, 0 resets');
  const titles = document.createElement('p');
  titles.textContent = [...views.map(view => view.title).filter(Boolean),
                        'drag to turn, then wheel to zoom, double click to reset'].join(' | ');
  canvas.addEventListener('pointerdown', e => { canvas.setPointerCapture(e.pointerId); figure.last = [e.clientX, e.clientY]; });
  canvas.addEventListener('pointermove', e => {
    if (!figure.last) return;
    turn((e.clientX - figure.last[0]) * .01, (e.clientY - figure.last[1]) * .01); figure.last = [e.clientX, e.clientY];
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => figure.last = null);
  canvas.addEventListener('wheel', e => {   // only after a click or drag, so that the page can be scrolled
    if (document.activeElement !== canvas) return;
    e.preventDefault(); zoom(Math.exp(-e.deltaY * .001));
  }, {passive: false});
  canvas.addEventListener('dblclick', reset);
  const keys = {ArrowLeft: () => turn(-.15, 0), ArrowRight: () => turn(.15, 0),
                ArrowUp: () => turn(0, -.15), ArrowDown: () => turn(0, .15),
                '+': () => zoom(1.2), '-': () => zoom(1 / 1.2), '0': reset};
  canvas.addEventListener('keydown', e => { if (keys[e.key]) { e.preventDefault(); keys[e.key](); } });
  box.append(canvas, ...slider(figure, redraw), titles); element.querySelector('figcaption').before(box);
  return figure;
}

// A figure that leaves the view gives its memory back; how it was turned and which frame it showed are kept.
function close(figure) {
  const gl = context().gl;
  for (const hand of figure.views.flatMap(view => view.frames.flat()))
    for (const buffer of Object.values(hand.buffers ?? {})) gl.deleteBuffer(buffer);
  figure.views = null; figure.canvas.width = figure.canvas.height = 0;
}

// Figures are decoded when they come into view.
if (context()) {
  const figures = new Map();
  const seen = new IntersectionObserver(entries => entries.forEach(({isIntersecting, target}) => {
    let figure = figures.get(target);
    if (isIntersecting) {
      if (!figure) figures.set(target, figure = controls(target));
      figure.views ??= views_of(target); draw(figure);
    } else if (figure?.views) close(figure);
  }), {rootMargin: '300px'});
  document.querySelectorAll('figure.meshes').forEach(element => seen.observe(element));
}

// Columns of numbers by value, what is no number last; others as text.
const collator = new Intl.Collator(undefined, {numeric: true});
function sorted(rows, column, up) {
  const keyed = rows.map(row => ({row, text: row[column] ?? '', number: parseFloat(row[column])}));
  const numeric = 2 * keyed.filter(key => !isNaN(key.number)).length > rows.length, sign = up ? 1 : -1;
  keyed.sort((a, b) => {
    if (!numeric) return sign * collator.compare(a.text, b.text);
    return isNaN(a.number) || isNaN(b.number) ? isNaN(a.number) - isNaN(b.number) : sign * (a.number - b.number);
  });
  return keyed.map(key => key.row);
}

// A long table has its first rows as HTML and the others as JSON. A button shows these block by block.
const BLOCK = 500;
function more_button(count, shown, show) {
  const button = document.createElement('button');
  const update = () => {
    const next = Math.min(BLOCK, count - shown());
    button.textContent = `show ${next.toLocaleString('en')} more of ${count.toLocaleString('en')} rows`; button.hidden = !next;
  };
  button.type = 'button'; button.addEventListener('click', () => { show(BLOCK); update(); }); update();
  return {button, update};
}

// A click on a column's head sorts all rows by it, a second click the other way.
document.querySelectorAll('table').forEach(table => {
  const [head, ...first] = table.rows, stored = table.querySelector('script');
  let rows = [...first.map(row => [...row.cells].map(cell => cell.textContent)), ...JSON.parse(stored?.textContent ?? '[]')];
  if (rows.length < 3) return;
  const classes = [...head.cells].map(cell => cell.className), body = head.parentNode;
  let shown = first.length;
  const line = values => {
    const row = document.createElement('tr');
    values.forEach((text, column) => {
      const cell = row.insertCell();
      cell.textContent = text;
      if (classes[column]) cell.className = classes[column];
    });
    return row;
  };
  const show = count => {
    const added = rows.slice(shown, shown + count);
    body.append(...added.map(line)); shown += added.length;
  };
  const more = stored && more_button(rows.length, () => shown, show);
  if (more) table.parentNode.nextElementSibling.replaceChildren(more.button);
  [...head.cells].forEach((cell, column) => {
    let up = false;
    const sort = () => {
      up = !up;
      rows = sorted(rows, column, up);
      while (head.nextSibling) head.nextSibling.remove();   // the head keeps its focus
      shown = 0; show(first.length);
      more?.update();
      [...head.cells].forEach(other => other.removeAttribute('aria-sort'));
      cell.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    };
    cell.tabIndex = 0; cell.classList.add('sortable');
    if (!cell.textContent) cell.setAttribute('aria-label', 'name');
    cell.addEventListener('click', sort);
    cell.addEventListener('keydown', e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); sort(); } });
  });
});
})();
