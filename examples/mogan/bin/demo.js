#!/usr/bin/env node
import { main } from '../lib/demo/main.js';

await main();
