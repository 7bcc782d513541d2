#!/usr/bin/env node
import { main } from '../lib/api/main.js';

await main(process.argv.slice(2));
