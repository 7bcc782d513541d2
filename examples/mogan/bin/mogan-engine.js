#!/usr/bin/env node
import { main } from '../lib/engine/main.js';

await main(process.argv.slice(2));
