// A module that has to wait for another, for positions.mjs.
import { value } from './positions-module.mjs';
export const more = value + 1;
