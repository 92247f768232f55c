#ifndef POSTERN_COMMON_STATUS_MACROS_H_
#define POSTERN_COMMON_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Leaves the function with the status when it is not OK.
#define POSTERN_RETURN_IF_ERROR(expression)                                 \
  do {                                                                      \
    if (absl::Status postern_status_ = (expression); !postern_status_.ok()) \
      return postern_status_;                                               \
  } while (false)

#define POSTERN_MACRO_CONCAT_INNER(a, b) a##b
#define POSTERN_MACRO_CONCAT(a, b) POSTERN_MACRO_CONCAT_INNER(a, b)

// `POSTERN_ASSIGN_OR_RETURN(auto name, DomainName::Parse(text));`
#define POSTERN_ASSIGN_OR_RETURN(declaration, expression)                                      \
  POSTERN_ASSIGN_OR_RETURN_AS(POSTERN_MACRO_CONCAT(postern_status_or_, __LINE__), declaration, \
                              expression)
// A name and a declaration cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define POSTERN_ASSIGN_OR_RETURN_AS(temporary, declaration, expression) \
  auto temporary = (expression);                                        \
  if (!temporary.ok()) return std::move(temporary).status();            \
  declaration = *std::move(temporary)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // POSTERN_COMMON_STATUS_MACROS_H_
