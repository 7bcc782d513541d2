export type { AutorunOptions, MaskOptions, PackageOptions, ReportFormat } from './config/options.js';
export type { SectionContext, SectionGenerator, SectionViews } from './main-thread/section-registry.js';
export { GuruError, type GuruErrorCode } from './report/error.js';
export type { JsonObject, JsonValue } from './report/json.js';
export { parseReport } from './report/parse.js';
export type * from './report/schema.js';
export {
  type AutorunHandle,
  generateReport,
  labelAsyncContext,
  registerSection,
  type SectionOptions,
  setupAutorun,
} from './setup-autorun.js';
export { renderReport } from './views/render.js';
