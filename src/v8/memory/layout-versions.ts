import type { Layout, ScopeInfoLayout } from './layout.js';

/** What the constants do not tell, by V8 version. */
export interface VersionFacts {
  lastFixedArray: number;
  objectBoilerplate: number;
  scriptContextTable: number;
  closureFeedbackCells: number;
  filler: number;
  lastType: number;
  bytecodeData: number;
  sourcePositions: number;
  codeData: number;
  debugInfoScript: number;
  reaction: Layout['reaction'];
  scopeInfo: ScopeInfoLayout;
  module: Layout['module'];
  contextCell: Layout['contextCell'];
  feedbackVectorHeader: number;
  boilerplateHeader: number;
  scriptContextTableHeader: number;
  resourceData: number;
  /** Of what FreeSpace counts its size in. */
  freeSpaceUnit: number;
  /** Whether FeedbackMetadata tells how many parameters closures have. */
  closureParameters: boolean;
  /** Whether holes have an instance type of their own, the one behind FreeSpace; before they were oddballs. */
  holes: boolean;
  functionsNamed: boolean;
  constructorsOwnNames: boolean;
}

const SCOPE_INFO_11: ScopeInfoLayout = {
  flags: 8,
  rawFlags: false,
  localCount: 24,
  positions: 0,
  locals: 32,
  moduleCountFirst: false,
  // Class, eval, function, module and script scopes, and those of shadow realms.
  scopes: { module: 3, withPositions: [0, 1, 2, 3, 4, 8] },
  longerScope: -1,
};
const SCOPE_INFO_12: ScopeInfoLayout = { ...SCOPE_INFO_11, moduleCountFirst: true };
const SCOPE_INFO_13: ScopeInfoLayout = {
  ...SCOPE_INFO_12,
  rawFlags: true,
  positions: 32,
  locals: 48,
  scopes: { module: 5, withPositions: [] },
};
const SCOPE_INFO_14: ScopeInfoLayout = { ...SCOPE_INFO_13, longerScope: 4 };
const NO_CELLS = { value: 0, state: 0, double: 0 };
/** Seen in 12.4, 13.6 and 14.6. */
const REACTION_12 = { asyncContext: 8, next: 16, reject: 24, fulfill: 32, promiseOrCapability: 40 };
const MODULE_11 = { topLevelCapability: 48, code: 56, cycleRoot: 96, asyncParents: 104 };

export const VERSIONS: { [version: string]: VersionFacts } = {
  '11.3': {
    lastFixedArray: 189,
    objectBoilerplate: 188,
    scriptContextTable: 189,
    closureFeedbackCells: 187,
    filler: 250,
    lastType: 2159,
    bytecodeData: 54,
    sourcePositions: 32,
    codeData: 16,
    debugInfoScript: 24,
    // `continuation_preserved_embedder_data` is there, at 40, and always undefined in Node 20.
    reaction: { next: 8, reject: 16, fulfill: 24, promiseOrCapability: 32, asyncContext: 0 },
    scopeInfo: SCOPE_INFO_11,
    // The list is a FixedArray whose first element is the length.
    module: { ...MODULE_11, listLength: 16, listStart: 24 },
    contextCell: NO_CELLS,
    feedbackVectorHeader: 56,
    boilerplateHeader: 16,
    scriptContextTableHeader: 16,
    resourceData: 24,
    freeSpaceUnit: 1,
    closureParameters: false,
    holes: false,
    functionsNamed: false,
    constructorsOwnNames: false,
  },
  '12.4': {
    lastFixedArray: 185,
    objectBoilerplate: 266,
    scriptContextTable: 273,
    closureFeedbackCells: 252,
    filler: 259,
    lastType: 2161,
    bytecodeData: 64,
    sourcePositions: 24,
    codeData: 8,
    debugInfoScript: 0,
    reaction: REACTION_12,
    scopeInfo: SCOPE_INFO_12,
    module: { ...MODULE_11, listLength: 16, listStart: 24 },
    contextCell: NO_CELLS,
    feedbackVectorHeader: 56,
    boilerplateHeader: 32,
    scriptContextTableHeader: 32,
    resourceData: 24,
    freeSpaceUnit: 1,
    closureParameters: false,
    holes: true,
    functionsNamed: false,
    constructorsOwnNames: false,
  },
  '13.6': {
    lastFixedArray: 216,
    objectBoilerplate: 274,
    scriptContextTable: 281,
    closureFeedbackCells: 261,
    filler: 267,
    lastType: 2166,
    bytecodeData: 64,
    sourcePositions: 24,
    codeData: 8,
    debugInfoScript: 0,
    reaction: REACTION_12,
    scopeInfo: SCOPE_INFO_13,
    module: { ...MODULE_11, listLength: 16, listStart: 24 },
    contextCell: NO_CELLS,
    feedbackVectorHeader: 48,
    boilerplateHeader: 32,
    scriptContextTableHeader: 32,
    resourceData: 24,
    freeSpaceUnit: 8,
    closureParameters: true,
    holes: true,
    functionsNamed: true,
    constructorsOwnNames: false,
  },
  '14.6': {
    lastFixedArray: 217,
    objectBoilerplate: 280,
    scriptContextTable: 287,
    closureFeedbackCells: 264,
    filler: 272,
    lastType: 2166,
    bytecodeData: 64,
    sourcePositions: 24,
    codeData: 8,
    debugInfoScript: 0,
    reaction: REACTION_12,
    scopeInfo: SCOPE_INFO_14,
    module: {
      topLevelCapability: 56,
      code: 64,
      cycleRoot: 104,
      asyncParents: 112,
      listLength: 16,
      listStart: 24,
    },
    contextCell: { value: 8, state: 24, double: 32 },
    feedbackVectorHeader: 48,
    boilerplateHeader: 32,
    scriptContextTableHeader: 32,
    resourceData: 24,
    freeSpaceUnit: 8,
    closureParameters: true,
    holes: true,
    functionsNamed: true,
    constructorsOwnNames: true,
  },
};
