// Small helpers of the portal's pages. Every page works without them.
import { closeMenus } from "./menus.js";
import { pickRows } from "./ledgers.js";
import { focusErrors, submitOnce } from "./forms.js";

closeMenus(document);
pickRows(document);
focusErrors(document);
submitOnce(document);
