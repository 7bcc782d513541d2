import { passes } from './row.mjs';

/** The rows as a table in Markdown, so that it can be pasted into docs/performance.md. */
export function formatTable(title, rows) {
  const head = [title, 'n', 'min', 'median', 'max', 'unit', 'target', 'verdict', 'note'];
  const lines = rows.map((row) => [
    row.what,
    String(row.n),
    figure(row.min),
    figure(row.median),
    figure(row.max),
    row.unit,
    describeTarget(row),
    verdict(row),
    row.note,
  ]);
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...lines.map((line) => line[column].length)),
  );
  const print = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [print(head), print(widths.map((width) => '-'.repeat(width))), ...lines.map(print)].join('\n');
}

function figure(value) {
  if (value === null) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 1000 ? 0 : size >= 10 ? 1 : 3);
}

function describeTarget({ target, by }) {
  if (target === null) return '';
  return `${by} ${'most' in target ? `<= ${target.most}` : `>= ${target.least}`}`;
}

function verdict(row) {
  const passed = passes(row);
  return passed === null ? '' : passed ? 'pass' : 'MISS';
}
