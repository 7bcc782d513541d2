class Command {
  constructor(resolve) {
    this.resolve = resolve;
  }
}
const queue = (globalThis.queue = []);
async function send() {
  await new Promise((resolve) => queue.push(new Command(resolve))); //= A0 send, A ~ promise Command.resolve
}
void send();
console.log('ready');
