#ifndef POSTERN_STRATEGY_CONFIG_REFERENCE_H_
#define POSTERN_STRATEGY_CONFIG_REFERENCE_H_

#include <string>
#include <string_view>

// What is documented is what is read: the reference is made from the tables that the loader works
// with. All pure; any thread; nothing here fails.
namespace postern::strategy {

// docs/configuration.md: every key of the schema, as Markdown.
std::string ConfigurationReference();

// `document` (docs/policy-language.md), where what stands between the lines
// "<!-- generated: variables -->" and "<!-- end of generated -->" is the table of variables now,
// and so for "functions" and "limits". All else stays as it is; without such lines, all of it.
std::string WithGeneratedTables(std::string_view document);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_REFERENCE_H_
