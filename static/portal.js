// Small helpers of the portal's pages. Every page works without them.
import { askWhatMatters } from "./asks.js";
import { closeMenus } from "./menus.js";
import { pickRows } from "./ledgers.js";
import { tellMissing } from "./layouts.js";
import { focusErrors, submitOnce } from "./forms.js";

closeMenus(document);
pickRows(document);
tellMissing(document);
focusErrors(document);
submitOnce(document);
askWhatMatters(document);
