#include <libxml/xmlversion.h>
// Debian builds libxml2 with ICU, whose headers define the same enumerations as the ICU inside Foundation: a module that sees
// both does not compile. Without the macro the conversion handler's ICU members are not declared; nothing here uses them.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
