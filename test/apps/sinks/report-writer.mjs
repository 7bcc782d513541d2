// Writes report files. argv: log directory, how many, text. stdout: one line of JSON, the paths.
import { writeReportFile } from '#src/sinks/file.js';

const [logDir, count, size] = process.argv.slice(2);
const file = { logDir, serviceName: 'mogan-api', pid: 8675, at: new Date(0), format: 'json' };
const text = `${process.pid} `.repeat(Number(size));
try {
  const paths = Array.from({ length: Number(count) }, () => writeReportFile(file, text));
  console.log(JSON.stringify({ pid: process.pid, paths }));
} catch (error) {
  console.log(JSON.stringify({ pid: process.pid, code: error.code, message: error.message }));
}
