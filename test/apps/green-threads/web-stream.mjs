async function main() {
  const stream = new ReadableStream({});
  globalThis.kept = stream;
  await stream.getReader().read(); //= A0 main, A ~ promise Object.resolve
}
void main();
console.log('ready');
