import { setTimeout as sleep } from 'node:timers/promises';

class Repository {
  async load() {
    await sleep(1e6); //= A0 Repository.load
  }
  #secret = async () => {
    await this.load(); //= A1 #secret
  };
  async open() {
    await this.#secret(); //= A2 Repository.open
  }
  static async start() {
    await new Repository().open(); //= A3 Repository.start
  }
}
const service = {
  run: async () => {
    await Repository.start(); //= A4 Object.run
  },
  async main() {
    await this.run(); //= A5 Object.main
  },
};
void service.main();
console.log('ready');
