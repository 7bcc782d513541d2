async function main() {
  const stream = new ReadableStream({});
  globalThis.kept = stream;
  await stream.getReader().read(); //= A0 main
}
void main();
console.log('ready');
