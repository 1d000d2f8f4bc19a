#ifndef LINBO_HOOKD_CLIBXML2_H
#define LINBO_HOOKD_CLIBXML2_H
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlsave.h>
#endif
